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

START_TEST(nothing_off_the_cpu_is_covered)
{
    begin();
    stream_add_thread_end(&stream, 100 * MS, 100 * MS);
    ends_with(1);
}
END_TEST

SUITE("tracer: coverage", ONCE(a_thread_that_only_slept_in_calls_is_covered),
      ONCE(sleep_outside_of_calls_is_missing), ONCE(time_in_the_run_queue_is_not_missing),
      ONCE(cpu_time_inside_of_calls_covers_nothing), ONCE(idle_scheduling_covers_as_calls_do),
      ONCE(the_main_thread_has_the_cpu_time_that_nobody_else_had),
      ONCE(nothing_off_the_cpu_is_covered))
