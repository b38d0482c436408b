/* How much of the time off the CPU the hooks have seen. */
#include "read.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <math.h>

static struct scratch scratch;
static struct stream stream;

static const uint64_t frames[] = {0x100};

static void begin(void)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    stream_begin(&stream, scratch.path, 10, 0, 0);
    stream_add_thread_start(&stream, 0);
}

static void ends_with(double coverage)
{
    struct run run;
    stream_end(&stream);
    run_read(&run, scratch.path);
    ck_assert_msg(fabs(run.blame.coverage - coverage) < 1e-6, "coverage is %f, not %f",
                  run.blame.coverage, coverage);
    run_finish(&run);
    scratch_remove(&scratch);
}

static void add_sleep(uint64_t at, uint64_t takes, uint64_t cpu)
{
    stream_add_long_call(&stream,
                         (struct synthetic_call){.at = at, .takes = takes, .function = FN_SLEEP},
                         cpu, frames, 1);
}

START_TEST(a_thread_that_only_slept_in_calls_is_covered)
{
    begin();
    add_sleep(10 * MS, 90 * MS, 10 * MS);
    stream_add_thread_end(&stream, 100 * MS, 10 * MS);
    ends_with(1);
}
END_TEST

START_TEST(sleep_outside_of_calls_is_missing)
{
    begin();
    add_sleep(0, 60 * MS, 0);
    stream_add_thread_end(&stream, 100 * MS, 0);
    ends_with(0.6);
}
END_TEST

/* No call can be seen that a thread is in while it waits for a processor. */
START_TEST(time_in_the_run_queue_is_not_missing)
{
    const struct trace_count queued = {
        .head = {.time = EPOCH + UINT64_C(99) * MS * 1000, .id = TRACE_COUNT},
        .count = UINT64_C(30) * MS * 1000};
    static const char name[] = "run-queue ns";
    begin();
    add_sleep(0, 60 * MS, 0);
    stream_add(&stream, &queued, sizeof queued, name, sizeof name);
    stream_add_thread_end(&stream, 100 * MS, 0);
    ends_with(60.0 / 70);
}
END_TEST

/* 40 ms are slept unseen, and then a call of 60 ms is 40 ms of CPU time: of both, 60 ms were off
 * the CPU, 20 of them seen. Taken as a whole, the call would cover all of it. */
START_TEST(cpu_time_inside_of_calls_covers_nothing)
{
    begin();
    add_sleep(38 * MS, 2 * MS, 0);
    add_sleep(40 * MS, 60 * MS, 40 * MS);
    stream_add_thread_end(&stream, 100 * MS, 40 * MS);
    ends_with((2 + 20) / 60.0);
}
END_TEST

START_TEST(idle_scheduling_covers_as_calls_do)
{
    begin();
    CALL(&stream, .at = 0, .takes = 80 * MS, .parked = 80 * MS, .task = 1, .function = FN_RECV,
         .flags = TRACE_FLAG_COOPERATIVE);
    stream_add_idle(&stream, 0, 80 * MS);
    stream_add_thread_end(&stream, 100 * MS, 20 * MS);
    ends_with(1);
}
END_TEST

START_TEST(the_main_thread_has_the_cpu_time_that_nobody_else_had)
{
    static struct stream other;
    begin();
    stream_add_long_call(&stream, (struct synthetic_call){.takes = 50 * MS, .function = FN_SLEEP},
                         0, frames, 1);
    stream_begin(&other, scratch.path, 10, 1, 0);
    stream_add_thread_start(&other, 0);
    stream_add_thread_end(&other, 100 * MS, 100 * MS);
    stream_end(&other);
    stream_begin(&other, scratch.path, 10, TRACE_PROCESS_THREAD, 0);
    stream_add_process_end(&other, 100 * MS, 130 * MS);
    stream_end(&other);
    ends_with(50 / 70.0); /* 100 ms of life, 30 of them on the CPU */
}
END_TEST

/* The same, but there is a thread that no hook has seen come: of the 30 ms it has used 20. */
START_TEST(what_an_unseen_thread_used_is_not_the_main_threads)
{
    static struct stream other;
    begin();
    stream_add_long_call(&stream, (struct synthetic_call){.takes = 50 * MS, .function = FN_SLEEP},
                         0, frames, 1);
    stream_begin(&other, scratch.path, 10, TRACE_PROCESS_THREAD, 0);
    stream_add_sample(&other, 100 * MS, TRACE_SAMPLE_END, 12, 20 * MS, 0);
    stream_add_process_end(&other, 100 * MS, 30 * MS);
    stream_end(&other);
    ends_with(50 / 90.0);
}
END_TEST

START_TEST(nothing_off_the_cpu_is_covered)
{
    begin();
    stream_add_thread_end(&stream, 100 * MS, 100 * MS);
    ends_with(1);
}
END_TEST

/* It had used 200 ms in the program that it ran before. */
START_TEST(what_was_used_before_the_begin_does_not_count)
{
    begin();
    stream_add_sample(&stream, 0, TRACE_SAMPLE_BEGIN, 10, 200 * MS, 50 * MS);
    stream_add_thread_end(&stream, 100 * MS, 220 * MS);
    ends_with(0); /* 80 ms off the CPU, in no call */
}
END_TEST

/* It stood in the run queue for 60 ms, 10 of them before it could say that it was there. */
START_TEST(what_a_child_waited_for_before_its_begin_is_none_of_its_time)
{
    static struct stream other;
    struct run run;
    begin();
    stream_add_sample(&stream, 0, TRACE_SAMPLE_BEGIN, 10, 0, 0);
    stream_end(&stream);
    stream_begin(&other, scratch.path, 10, TRACE_PROCESS_THREAD, 0);
    stream_add_sample(&other, 100 * MS, TRACE_SAMPLE_END, stream.header.tid, 50 * MS, 60 * MS);
    stream_add_process_end(&other, 100 * MS, 50 * MS);
    stream_end(&other);
    run_read(&run, scratch.path);
    ck_assert_double_eq_tol(run.blame.trust.cpu_s, 0.050, 1e-6);
    ck_assert_double_eq_tol(run.blame.trust.run_queue_s, 0.050, 1e-6);
    ck_assert_double_eq_tol(run.blame.trust.thread_s, 0.100, 1e-6);
    run_finish(&run);
    scratch_remove(&scratch);
}
END_TEST

/* A thread that makes no call has its time as well, and its process says what it has used. */
START_TEST(thread_that_is_left_is_counted_by_its_process)
{
    static struct stream other;
    begin();
    add_sleep(0, 100 * MS, 0);
    stream_add_thread_end(&stream, 100 * MS, 0);
    stream_begin(&other, scratch.path, 10, 1, 0);
    stream_add_thread_start(&other, 0);
    stream_add_sample(&other, 0, TRACE_SAMPLE_BEGIN, 11, 0, 0);
    stream_end(&other);
    stream_begin(&other, scratch.path, 10, TRACE_PROCESS_THREAD, 0);
    stream_add_sample(&other, 100 * MS, TRACE_SAMPLE_END, 11, 30 * MS, 20 * MS);
    stream_add_process_end(&other, 100 * MS, 30 * MS);
    stream_end(&other);
    ends_with(100 / 150.0);
}
END_TEST

/* Two threads, so nobody knows which has used what since its last record. */
START_TEST(end_of_a_killed_thread_is_not_known)
{
    static struct stream other;
    struct run run;
    begin();
    CALL(&stream, .at = 40 * MS, .takes = TRACE_IN_PROGRESS, .function = FN_SLEEP);
    stream_begin(&other, scratch.path, 10, 1, 0);
    stream_add_thread_start(&other, 0);
    stream_end(&other);
    stream_end(&stream);
    synthetic_ending(scratch.path, 10, 100 * MS, 70 * MS, "killed 9");
    run_read(&run, scratch.path);
    ck_assert_double_eq_tol(run.blame.trust.not_known_s, 0.140, 1e-6);
    ck_assert_double_eq_tol(run.blame.trust.seen_s, 0.060, 1e-6);
    ck_assert_double_eq_tol(run.blame.trust.unseen_s, 0, 1e-6);
    run_finish(&run);
    scratch_remove(&scratch);
}
END_TEST

/* One thread: it has used what its process has, and nobody counted what it spent in the run queue.
 */
START_TEST(cpu_time_of_a_killed_thread_is_known)
{
    struct run run;
    begin();
    add_sleep(10 * MS, 30 * MS, 10 * MS);
    stream_end(&stream);
    synthetic_ending(scratch.path, 10, 100 * MS, 50 * MS, "killed 9");
    run_read(&run, scratch.path);
    ck_assert_double_eq_tol(run.blame.trust.cpu_s, 0.050, 1e-6);
    ck_assert_double_eq_tol(run.blame.trust.not_known_s, 0.020, 1e-6);
    ck_assert_double_eq_tol(run.blame.trust.unseen_s, 0, 1e-6);
    run_finish(&run);
    scratch_remove(&scratch);
}
END_TEST

/* The end of a process that was killed is told with what the children used that it waited for. */
START_TEST(cpu_time_of_children_is_not_the_killed_threads)
{
    struct run run;
    begin();
    CALL(&stream, .at = 0, .takes = 60 * MS, .function = FN_WAITPID, .result = 11);
    stream_end(&stream);
    synthetic_ending(scratch.path, 10, 100 * MS, 50 * MS, "killed 9");
    run_read(&run, scratch.path);
    ck_assert_double_eq_tol(run.blame.trust.cpu_s, 0, 1e-6);
    ck_assert_double_eq_tol(run.blame.trust.seen_s, 0.060, 1e-6);
    ck_assert_double_eq_tol(run.blame.trust.not_known_s, 0.040, 1e-6);
    run_finish(&run);
    scratch_remove(&scratch);
}
END_TEST

/* It slept; the program before exec has computed, or a child that that one waited for. */
START_TEST(cpu_time_before_exec_is_not_the_killed_threads)
{
    static struct stream next;
    struct run run;
    begin();
    CALL(&stream, .at = 0, .takes = 60 * MS, .function = FN_WAITPID, .result = 11);
    stream_end(&stream);
    stream_begin(&next, scratch.path, 10, 0, 100 * MS);
    stream_add_thread_start(&next, 100 * MS);
    stream_add_sample(&next, 100 * MS, TRACE_SAMPLE_BEGIN, 10, 1 * MS, 0);
    CALL(&next, .at = 110 * MS, .takes = TRACE_IN_PROGRESS, .function = FN_SLEEP);
    stream_end(&next);
    synthetic_ending(scratch.path, 10, 200 * MS, 50 * MS, "killed 9");
    run_read(&run, scratch.path);
    ck_assert_int_eq(run.model.processes[1]->fate, FATE_KILLED);
    ck_assert_uint_eq(run.model.processes[1]->cpu, 0);
    ck_assert_double_eq_tol(run.blame.trust.cpu_s, 0.001, 1e-6); /* T10 */
    ck_assert_double_eq_tol(run.blame.trust.seen_s, 0.060 + 0.090, 1e-6);
    run_finish(&run);
    scratch_remove(&scratch);
}
END_TEST

/* It says what it has used before exec, and the program after it what the thread has used by then.
 */
static void exec_after(struct run *run, unsigned threads)
{
    static struct stream other;
    begin();
    stream_add_sample(&stream, 0, TRACE_SAMPLE_BEGIN, 10, 0, 0);
    add_sleep(10 * MS, 30 * MS, 10 * MS);
    stream_add_sample(&stream, 50 * MS, TRACE_SAMPLE_COMPUTED, 10, 20 * MS, 5 * MS);
    stream_end(&stream);
    if (threads > 1) {
        stream_begin(&other, scratch.path, 10, 1, 0);
        stream_add_thread_start(&other, 0);
        stream_end(&other);
    }
    stream_begin(&other, scratch.path, 10, 0, 100 * MS);
    stream_add_thread_start(&other, 100 * MS);
    stream_add_sample(&other, 100 * MS, TRACE_SAMPLE_BEGIN, 10, 50 * MS, 20 * MS);
    stream_add_thread_end(&other, 110 * MS, 60 * MS);
    stream_end(&other);
    run_read(run, scratch.path);
}

START_TEST(what_exec_took_is_known_from_the_program_after_it)
{
    struct run run;
    exec_after(&run, 1);
    ck_assert_double_eq_tol(run.blame.trust.not_known_s, 0, 1e-6);
    ck_assert_double_eq_tol(run.blame.trust.cpu_s, 0.060, 1e-6);
    ck_assert_double_eq_tol(run.blame.trust.run_queue_s, 0.020, 1e-6);
    ck_assert_double_eq_tol(run.blame.trust.unseen_s, 0.005, 1e-6);
    ck_assert_double_eq_tol(run.blame.trust.thread_s, 0.110, 1e-6);
    run_finish(&run);
    scratch_remove(&scratch);
    exec_after(&run, 2); /* it may have been the other one that called exec */
    ck_assert_double_eq_tol(run.blame.trust.not_known_s, 0.150, 1e-6);
    run_finish(&run);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(gap_is_between_two_calls)
{
    struct run run;
    begin();
    CALL(&stream, .at = 0, .takes = 10, .function = FN_RECV, .fd = 7);
    stream_add_computed(&stream, 80 * MS, 20 * MS, FN_SEND, 7, frames, 1);
    CALL(&stream, .at = 80 * MS, .takes = 10, .function = FN_SEND, .fd = 7);
    stream_add_thread_end(&stream, 81 * MS, 20 * MS);
    stream_end(&stream);
    run_read(&run, scratch.path);
    const struct gap_place *place = gaps_longest(&run.accounts.gaps);
    ck_assert_ptr_nonnull(place);
    ck_assert(place->after.is_call && place->before.is_call);
    ck_assert_str_eq(model_function(&run.model, place->after.function), "__recv_chk");
    ck_assert_str_eq(model_function(&run.model, place->before.function), "send");
    ck_assert_int_eq(place->before.fd, 7);
    ck_assert_uint_eq(place->time, UINT64_C(59990) * 1000);
    run_finish(&run);
    scratch_remove(&scratch);
}
END_TEST

SUITE("tracer: coverage", ONCE(what_a_child_waited_for_before_its_begin_is_none_of_its_time),
      ONCE(what_was_used_before_the_begin_does_not_count),
      ONCE(thread_that_is_left_is_counted_by_its_process),
      ONCE(end_of_a_killed_thread_is_not_known), ONCE(cpu_time_of_a_killed_thread_is_known),
      ONCE(cpu_time_of_children_is_not_the_killed_threads),
      ONCE(cpu_time_before_exec_is_not_the_killed_threads),
      ONCE(what_exec_took_is_known_from_the_program_after_it), ONCE(gap_is_between_two_calls),
      ONCE(a_thread_that_only_slept_in_calls_is_covered), ONCE(sleep_outside_of_calls_is_missing),
      ONCE(time_in_the_run_queue_is_not_missing), ONCE(cpu_time_inside_of_calls_covers_nothing),
      ONCE(idle_scheduling_covers_as_calls_do),
      ONCE(the_main_thread_has_the_cpu_time_that_nobody_else_had),
      ONCE(what_an_unseen_thread_used_is_not_the_main_threads),
      ONCE(nothing_off_the_cpu_is_covered))
