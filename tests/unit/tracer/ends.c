/* How processes end, and what that makes of the calls that they were in. */
#include "read.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct scratch scratch;
static struct stream stream;
static struct run run;

/* A process that was in a read when the records end, 10 ms after its start. */
static void begin(void)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    stream_begin(&stream, scratch.path, 10, 0, 0);
    stream_add_thread_start(&stream, 0);
    CALL(&stream, .at = 0, .takes = 4 * MS, .function = FN_SEND);
    CALL(&stream, .at = 10 * MS, .takes = TRACE_IN_PROGRESS, .function = FN_RECV);
}

static void read_back(void)
{
    stream_end(&stream);
    run_read(&run, scratch.path);
    ck_assert_int_eq(run.warned.count, 0);
}

static void end(void)
{
    run_finish(&run);
    scratch_remove(&scratch);
}

static void is_near(double value, double expected)
{
    ck_assert_msg(fabs(value - expected) < 1e-6, "%f is not %f", value, expected);
}

static uint64_t ns(uint64_t us)
{
    return us * 1000;
}

START_TEST(a_call_in_progress_counts_up_to_the_death_of_its_process)
{
    begin();
    synthetic_ending(scratch.path, 10, 710 * MS, 10 * MS, "killed 9");
    read_back();
    ck_assert_int_eq(run.model.processes[0]->fate, FATE_KILLED);
    ck_assert_uint_eq(run.model.processes[0]->signal, 9);
    struct call_totals totals = run_totals(&run, "__recv_chk");
    ck_assert_uint_eq(totals.blocked, ns(700 * MS));
    ck_assert_uint_eq(totals.longest, ns(700 * MS));
    ck_assert_uint_eq(totals.unfinished_longest, ns(700 * MS));
    ck_assert_ptr_eq(totals.unfinished_in, run.model.processes[0]);
    is_near(run.blame.wall_s, 0.71);
    is_near(run.blame.coverage, 1); /* 700 ms off the CPU, and 704 in calls */
    end();
}
END_TEST

START_TEST(an_idle_scheduler_sleeps_until_the_death_of_its_process)
{
    begin();
    stream_add_idle(&stream, 10 * MS, 0);
    struct trace_idle idle = {{EPOCH + ns(11 * MS), TRACE_IDLE, 0}, TRACE_IN_PROGRESS};
    stream_add(&stream, &idle, sizeof idle, NULL, 0);
    stream_add_task_end(&stream, 11 * MS, 0); /* the thread itself is in no call */
    synthetic_ending(scratch.path, 10, 111 * MS, 0, "killed 9");
    read_back();
    is_near(run.blame.coverage, 105 / 111.0); /* 4 ms of send, 1 of recv, 100 idle */
    end();
}
END_TEST

START_TEST(a_process_may_exit_without_recording_it)
{
    begin();
    synthetic_ending(scratch.path, 10, 30 * MS, 0, "exited 3");
    read_back();
    ck_assert_int_eq(run.model.processes[0]->fate, FATE_EXITED);
    ck_assert_uint_eq(run.model.processes[0]->signal, 0);
    ck_assert_uint_eq(run_totals(&run, "__recv_chk").unfinished_longest, ns(20 * MS));
    end();
}
END_TEST

START_TEST(what_a_process_recorded_of_its_end_comes_first)
{
    static struct stream process;
    begin();
    stream_begin(&process, scratch.path, 10, TRACE_PROCESS_THREAD, 0);
    stream_add_process_end(&process, 15 * MS, 0);
    stream_end(&process);
    synthetic_ending(scratch.path, 10, 500 * MS, 0, "killed 9");
    read_back();
    ck_assert_int_eq(run.model.processes[0]->fate, FATE_EXITED);
    ck_assert_uint_eq(run_totals(&run, "__recv_chk").blocked, ns(5 * MS));
    is_near(run.blame.wall_s, 0.015);
    end();
}
END_TEST

START_TEST(exec_ends_a_process_and_its_calls_without_blame)
{
    static struct stream next;
    begin();
    stream_begin(&next, scratch.path, 10, 0, 40 * MS);
    CALL(&next, .at = 50 * MS, .takes = TRACE_IN_PROGRESS, .function = FN_SLEEP);
    stream_end(&next);
    synthetic_ending(scratch.path, 10, 90 * MS, 0, "killed 15");
    read_back();
    ck_assert_uint_eq(run.model.process_count, 2);
    ck_assert_int_eq(run.model.processes[0]->fate, FATE_REPLACED);
    ck_assert_int_eq(run.model.processes[1]->fate, FATE_KILLED);
    ck_assert_uint_eq(run_totals(&run, "__recv_chk").blocked, ns(30 * MS));
    ck_assert_uint_eq(run_totals(&run, "__recv_chk").unfinished, 0);
    ck_assert_uint_eq(run_totals(&run, "sleep").blocked, ns(40 * MS));
    ck_assert_uint_eq(run_totals(&run, "sleep").unfinished, 1);
    end();
}
END_TEST

START_TEST(the_end_of_another_process_says_nothing)
{
    begin();
    synthetic_ending(scratch.path, 11, 500 * MS, 0, "killed 9");
    read_back();
    ck_assert_int_eq(run.model.processes[0]->fate, FATE_UNKNOWN);
    ck_assert_uint_eq(run_totals(&run, "__recv_chk").blocked, 0);
    is_near(run.blame.wall_s, 0.01);
    end();
}
END_TEST

static void write_ending(const char *text)
{
    FILE *file = fopen(scratch_path(&scratch, ".end.10"), "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

START_TEST(an_end_that_makes_no_sense_is_no_end)
{
    static const char *const texts[] = {
        "",
        "1000500000000 0 killed 9", /* cut */
        "1000500000000 0 killed\n",
        "1000500000000 0 vanished 9\n",
        "soon 0 killed 9\n",
        "18446744073709551615 0 killed 9\n",
        "99999999999999999999999 0 killed 9\n",
    };
    begin();
    write_ending(texts[_i]);
    read_back();
    ck_assert_int_eq(run.model.processes[0]->fate, FATE_UNKNOWN);
    is_near(run.blame.wall_s, 0.01);
    end();
}
END_TEST

START_TEST(an_end_before_the_last_record_is_not_earlier)
{
    begin();
    write_ending("5 0 killed 9\n");
    read_back();
    ck_assert_int_eq(run.model.processes[0]->fate, FATE_KILLED);
    is_near(run.blame.wall_s, 0.01);
    end();
}
END_TEST

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* The trace of a process that began a read `late` ns after now, by the clock of this boot or not.
 */
static enum fate fate_of(pid_t pid, int64_t late, uint64_t clock_error)
{
    uint64_t start = clock_ns(CLOCK_MONOTONIC) + (uint64_t)late;
    uint64_t at = (start - EPOCH) / 1000;
    struct trace_process_start record = {.head = {.time = start, .id = TRACE_PROCESS_START},
                                         .realtime = clock_ns(CLOCK_REALTIME) + (uint64_t)late +
                                                     clock_error};
    char texts[512] = "";
    ssize_t size = readlink("/proc/self/exe", texts, sizeof texts - 1);
    ck_assert_int_gt(size, 0);
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    stream_begin(&stream, scratch.path, (uint32_t)pid, TRACE_PROCESS_THREAD, at);
    stream_add(&stream, &record, sizeof record, texts, (size_t)size + 2);
    stream_end(&stream);
    stream_begin(&stream, scratch.path, (uint32_t)pid, 0, at);
    CALL(&stream, .at = at, .takes = TRACE_IN_PROGRESS, .function = FN_RECV);
    read_back();
    enum fate fate = run.model.processes[0]->fate;
    if (fate == FATE_RUNNING)
        ck_assert_uint_ge(run_totals(&run, "__recv_chk").unfinished_longest, 100000000);
    end();
    return fate;
}

START_TEST(process_that_is_still_running_is_in_its_call_until_now)
{
    enum { HUNDRED_MS = 100000000 };
    pid_t child = fork();
    if (child == 0) {
        alarm(30); /* if the test fails before it kills it */
        pause();
        _exit(0);
    }
    usleep(200000);
    ck_assert_int_eq(fate_of(child, -HUNDRED_MS, 0), FATE_RUNNING);
    ck_assert_int_eq(fate_of(child, -HUNDRED_MS, UINT64_C(60) * 1000000000), FATE_UNKNOWN);
    ck_assert_int_eq(fate_of(child, -10 * (int64_t)HUNDRED_MS, 0), FATE_UNKNOWN);
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    siginfo_t zombie;
    ck_assert_int_eq(waitid(P_PID, (id_t)child, &zombie, WEXITED | WNOWAIT), 0);
    ck_assert_int_eq(fate_of(child, -HUNDRED_MS, 0), FATE_UNKNOWN);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_eq(fate_of(child, -HUNDRED_MS, 0), FATE_UNKNOWN);
}
END_TEST

START_TEST(what_follows_a_cut_is_not_covered)
{
    begin();
    stream_cut(&stream);
    synthetic_ending(scratch.path, 10, 400 * MS, 390 * MS, "exited 0");
    stream_end(&stream);
    stream_begin(&stream, scratch.path, 10, 1, 0);
    CALL(&stream, .at = 1 * MS, .takes = 99 * MS, .function = FN_SEND);
    stream_add_thread_end(&stream, 100 * MS, 0);
    read_back();
    ck_assert_uint_eq(run.blame.cut, 1);
    ck_assert(run.model.processes[0]->cut);
    ck_assert(!run.blame.coverage_unknown);
    ck_assert(run.blame.coverage < 1);
    end();
}
END_TEST

START_TEST(a_cut_without_an_end_covers_nothing)
{
    begin();
    stream_cut(&stream);
    read_back();
    ck_assert_uint_eq(run.model.processes[0]->cut_at, EPOCH + ns(10 * MS));
    ck_assert(run.blame.coverage_unknown);
    ck_assert(run.blame.coverage == 0);
    end();
}
END_TEST

START_TEST(a_cut_may_be_said_in_the_process_stream_alone)
{
    static struct stream process;
    begin();
    stream_begin(&process, scratch.path, 10, TRACE_PROCESS_THREAD, 0);
    stream_add_process_start(&process, 0, "/bin/program", "program");
    stream_cut(&process);
    stream_end(&process);
    read_back();
    ck_assert_uint_eq(run.blame.cut, 1);
    end();
}
END_TEST

SUITE("tracer: ends", ONCE(a_call_in_progress_counts_up_to_the_death_of_its_process),
      ONCE(an_idle_scheduler_sleeps_until_the_death_of_its_process),
      ONCE(a_process_may_exit_without_recording_it),
      ONCE(what_a_process_recorded_of_its_end_comes_first),
      ONCE(exec_ends_a_process_and_its_calls_without_blame),
      ONCE(the_end_of_another_process_says_nothing), EACH(an_end_that_makes_no_sense_is_no_end, 7),
      ONCE(an_end_before_the_last_record_is_not_earlier),
      ONCE(process_that_is_still_running_is_in_its_call_until_now),
      ONCE(what_follows_a_cut_is_not_covered), ONCE(a_cut_without_an_end_covers_nothing),
      ONCE(a_cut_may_be_said_in_the_process_stream_alone))
