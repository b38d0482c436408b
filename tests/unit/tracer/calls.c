/* How calls are added up. */
#include "read.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <string.h>

static struct scratch scratch;
static struct stream stream;
static struct run run;

static void begin(void)
{
    scratch_make(&scratch);
    synthetic_make(scratch.path);
    stream_begin(&stream, scratch.path, 10, 0, 0);
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

static uint64_t ns(uint64_t us)
{
    return us * 1000;
}

START_TEST(short_calls_are_added_up_by_caller)
{
    begin();
    for (int i = 0; i < 10; i++)
        CALL(&stream, .at = i * 10, .takes = i, .function = FN_SEND, .caller = 0x100 + i % 2);
    read_back();
    ck_assert_uint_eq(run.model.group_count, 2);
    struct call_totals totals = run_totals(&run, "send");
    ck_assert_uint_eq(totals.count, 10);
    ck_assert_uint_eq(totals.blocked, ns(45));
    ck_assert_uint_eq(totals.longest, ns(9));
    ck_assert_double_eq(run.blame.held_tasks_s, 0);
    ck_assert_uint_eq(run.blame.patterns, 0);
    end();
}
END_TEST

START_TEST(long_calls_are_added_up_by_stack)
{
    const uint64_t one[] = {0x100, 0x200}, other[] = {0x100, 0x300};
    begin();
    for (int i = 0; i < 4; i++)
        stream_add_long_call(
            &stream,
            (struct synthetic_call){
                .at = i * 10 * MS, .takes = 5 * MS, .function = FN_RECV, .caller = 0x100},
            0, i == 0 ? other : one, 2);
    read_back();
    ck_assert_uint_eq(run.blame.call_count, 2);
    const struct call_group *worst = run.blame.calls[0].group;
    ck_assert_uint_eq(worst->totals.count, 3);
    ck_assert_uint_eq(worst->totals.blocked, ns(15 * MS));
    ck_assert_uint_eq(worst->depth, 2);
    ck_assert_str_eq(worst->stack[1]->function, "0x200");
    end();
}
END_TEST

START_TEST(what_was_parked_is_not_blocked)
{
    begin();
    CALL(&stream, .at = 0, .takes = 50 * MS, .parked = 48 * MS, .task = 1, .function = FN_RECV,
         .flags = TRACE_FLAG_COOPERATIVE | TRACE_FLAG_HAD_TASKS);
    CALL(&stream, .at = 1, .takes = 9 * MS, .parked = 99 * MS, .task = 2, .function = FN_SLEEP,
         .flags = TRACE_FLAG_COOPERATIVE);
    read_back();
    struct call_totals totals = run_totals(&run, "__recv_chk");
    ck_assert_uint_eq(totals.blocked, ns(2 * MS));
    ck_assert_uint_eq(totals.longest, ns(2 * MS));
    ck_assert_uint_eq(totals.parked, ns(48 * MS));
    ck_assert_double_eq(run.blame.held_tasks_s, 0);
    ck_assert_uint_eq(run_totals(&run, "sleep").blocked, 0); /* more parked than it took */
    ck_assert_uint_eq(run.blame.patterns, 0);
    end();
}
END_TEST

/* A process that only observes has nothing patched: there nothing was left out. */
static double held_s(const char *function)
{
    double held_s = 0;
    for (size_t i = 0; i < run.blame.call_count; i++)
        if (!strcmp(model_function(&run.model, run.blame.calls[i].group->function), function))
            held_s += run.blame.calls[i].held_tasks_s;
    return held_s;
}

START_TEST(a_long_call_that_held_up_tasks_is_a_partial_patch)
{
    static struct stream process;
    begin();
    if (_i) {
        stream_begin(&process, scratch.path, 10, TRACE_PROCESS_THREAD, 0);
        stream_add_process_start(&process, 0, "/nowhere/program", "program");
        stream_end(&process);
    }
    CALL(&stream, .at = 0, .takes = 999, .function = FN_SEND, .flags = TRACE_FLAG_HAD_TASKS);
    CALL(&stream, .at = 2 * MS, .takes = 3 * MS, .function = FN_SLEEP);
    CALL(&stream, .at = 6 * MS, .takes = 7 * MS, .function = FN_POLL,
         .flags = TRACE_FLAG_HAD_TASKS);
    read_back();
    ck_assert_uint_eq(run.blame.patterns, PATTERN_PARTIAL);
    ck_assert_uint_eq(run.blame.finding_count, 1);
    ck_assert_uint_eq(run.blame.findings[0].kind, _i ? FINDING_PARTIAL : FINDING_HELD);
    ck_assert_double_eq(held_s("poll"), ns(7 * MS) / 1e9);
    ck_assert_double_eq(held_s("sleep"), 0);
    ck_assert_double_eq(held_s("send"), 0); /* too short to matter */
    end();
}
END_TEST

START_TEST(what_held_up_tasks_for_next_to_nothing_is_no_finding)
{
    static struct stream process;
    begin();
    stream_begin(&process, scratch.path, 10, TRACE_PROCESS_THREAD, 0);
    stream_add_process_start(&process, 0, "/nowhere/program", "program");
    stream_end(&process);
    CALL(&stream, .at = 0, .takes = 4 * MS, .function = FN_POLL, .flags = TRACE_FLAG_HAD_TASKS);
    read_back();
    ck_assert_double_eq(held_s("poll"), ns(4 * MS) / 1e9);
    ck_assert_uint_eq(run.blame.patterns, 0);
    ck_assert_uint_eq(run.blame.finding_count, 0);
    end();
}
END_TEST

START_TEST(a_call_in_progress_counts_up_to_the_last_time_seen)
{
    begin();
    CALL(&stream, .at = 10 * MS, .takes = TRACE_IN_PROGRESS, .task = 1, .function = FN_RECV);
    CALL(&stream, .at = 20 * MS, .takes = 30 * MS, .task = 2, .function = FN_SLEEP);
    CALL(&stream, .at = 21 * MS, .takes = TRACE_IN_PROGRESS, .task = 3, .function = FN_POLL,
         .flags = TRACE_FLAG_COOPERATIVE);
    read_back();
    ck_assert_uint_eq(run_totals(&run, "__recv_chk").blocked, ns(40 * MS));
    ck_assert_uint_eq(run_totals(&run, "poll").parked, ns(29 * MS));
    ck_assert_uint_eq(run_totals(&run, "poll").blocked, 0);
    ck_assert_uint_eq(run_totals(&run, "poll").unfinished, 1);
    ck_assert_uint_eq(run_totals(&run, "sleep").unfinished, 0);
    ck_assert(run.blame.wall_s > 0.0399 && run.blame.wall_s < 0.0401);
    end();
}
END_TEST

START_TEST(a_call_that_was_jumped_out_of_ends_when_its_task_goes_on)
{
    begin();
    CALL(&stream, .at = 0, .takes = TRACE_IN_PROGRESS, .function = FN_RECV);
    CALL(&stream, .at = 5 * MS, .takes = 1, .function = FN_SEND);
    CALL(&stream, .at = 90 * MS, .takes = 1, .function = FN_SEND);
    read_back();
    ck_assert_uint_eq(run_totals(&run, "__recv_chk").blocked, ns(5 * MS));
    ck_assert_uint_eq(run_totals(&run, "__recv_chk").unfinished, 0);
    end();
}
END_TEST

START_TEST(a_call_inside_of_another_does_not_end_it)
{
    const uint64_t stack[] = {0x100, 0x200};
    begin();
    CALL(&stream, .at = 0, .takes = 10 * MS, .function = FN_RECV, .caller = 0x100);
    CALL(&stream, .at = 5 * MS, .takes = 1, .function = FN_SEND); /* by a signal handler */
    struct trace_long_call record = {
        .head = {EPOCH + ns(10 * MS), TRACE_LONG_CALL, 0}, .call_begin = EPOCH, .frame_count = 2};
    stream_add(&stream, &record, sizeof record, stack, sizeof stack);
    read_back();
    struct call_totals totals = run_totals(&run, "__recv_chk");
    ck_assert_uint_eq(totals.count, 1);
    ck_assert_uint_eq(totals.blocked, ns(10 * MS));
    ck_assert_uint_eq(run.blame.calls[0].group->depth, 2);
    end();
}
END_TEST

START_TEST(a_stack_that_never_came_leaves_the_caller)
{
    begin();
    CALL(&stream, .at = 0, .takes = 10 * MS, .function = FN_RECV, .caller = 0x777);
    CALL(&stream, .at = 11 * MS, .takes = 5 * MS, .task = 1, .function = FN_RECV, .caller = 0x777);
    stream_add_task_end(&stream, 17 * MS, 1);
    read_back();
    ck_assert_uint_eq(run.blame.call_count, 1);
    ck_assert_uint_eq(run.blame.calls[0].group->totals.count, 2);
    ck_assert_str_eq(run.blame.calls[0].group->stack[0]->function, "0x777");
    end();
}
END_TEST

START_TEST(two_processes_with_the_program_elsewhere_share_their_sites)
{
    static struct stream other;
    begin();
    CALL(&stream, .at = 100, .takes = 10, .function = FN_SEND, .caller = 0x5000 + 0x40);
    stream_begin(&other, scratch.path, 10, TRACE_PROCESS_THREAD, 0);
    stream_add_module(&other, 1, "/nowhere/program", 0x5000, 0x1000);
    stream_end(&other);
    stream_begin(&other, scratch.path, 11, TRACE_PROCESS_THREAD, 0);
    stream_add_module(&other, 1, "/nowhere/program", 0x9000, 0x1000);
    stream_end(&other);
    stream_begin(&other, scratch.path, 11, 0, 0);
    CALL(&other, .at = 100, .takes = 10, .function = FN_SEND, .caller = 0x9000 + 0x40);
    stream_end(&other);
    read_back();
    ck_assert_uint_eq(run.blame.call_count, 1);
    const struct call_group *group = run.blame.calls[0].group;
    ck_assert_uint_eq(group->totals.count, 2);
    ck_assert_str_eq(group->stack[0]->function, "program+0x3f");
    ck_assert_str_eq(group->stack[0]->module, "program");
    end();
}
END_TEST

START_TEST(a_module_in_the_place_of_another_is_told_apart)
{
    static struct stream process;
    begin();
    CALL(&stream, .at = 10, .takes = 10, .function = FN_SEND, .caller = 0x5040);
    CALL(&stream, .at = 90, .takes = 10, .function = FN_SEND, .caller = 0x5040);
    stream_begin(&process, scratch.path, 10, TRACE_PROCESS_THREAD, 0);
    stream_add_module(&process, 20, "/nowhere/first", 0x5000, 0x1000); /* told of late */
    stream_add_module(&process, 50, "/nowhere/second", 0x5000, 0x1000);
    stream_add_module(&process, 60, "/nowhere/second", 0x5000, 0x1000);
    stream_end(&process);
    read_back();
    ck_assert_uint_eq(run.model.group_count, 2);
    ck_assert_str_eq(run.model.groups[0]->stack[0]->module, "first");
    ck_assert_str_eq(run.model.groups[1]->stack[0]->module, "second");
    end();
}
END_TEST

START_TEST(calls_come_worst_first)
{
    begin();
    CALL(&stream, .at = 0, .takes = 5, .function = FN_SEND);
    CALL(&stream, .at = 10, .takes = 50, .function = FN_SLEEP);
    CALL(&stream, .at = 70, .takes = 20, .function = FN_RECV);
    CALL(&stream, .at = 100, .takes = 90 * MS, .parked = 90 * MS, .function = FN_POLL,
         .flags = TRACE_FLAG_COOPERATIVE);
    CALL(&stream, .at = 91 * MS, .takes = 0, .function = FN_CLOSE);
    read_back();
    static const char *const order[] = {"sleep", "__recv_chk", "send", "poll", "close"};
    ck_assert_uint_eq(run.blame.call_count, 5);
    for (int i = 0; i < 5; i++)
        ck_assert_str_eq(model_function(&run.model, run.blame.calls[i].group->function), order[i]);
    end();
}
END_TEST

SUITE("tracer: calls", ONCE(short_calls_are_added_up_by_caller),
      ONCE(long_calls_are_added_up_by_stack), ONCE(what_was_parked_is_not_blocked),
      EACH(a_long_call_that_held_up_tasks_is_a_partial_patch, 2),
      ONCE(what_held_up_tasks_for_next_to_nothing_is_no_finding),
      ONCE(a_call_in_progress_counts_up_to_the_last_time_seen),
      ONCE(a_call_that_was_jumped_out_of_ends_when_its_task_goes_on),
      ONCE(a_call_inside_of_another_does_not_end_it),
      ONCE(a_stack_that_never_came_leaves_the_caller),
      ONCE(two_processes_with_the_program_elsewhere_share_their_sites),
      ONCE(a_module_in_the_place_of_another_is_told_apart), ONCE(calls_come_worst_first))
