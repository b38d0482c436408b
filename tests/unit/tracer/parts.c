/* Parts that a program has named: how long they took, and what is charged to which. */
#include "model/thresholds.h"
#include "read.h"
#include "scratch.h"
#include "suite.h"
#include "synthetic.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct scratch scratch;
static struct stream streams[2];
static struct run run;

static void begin(unsigned threads)
{
    scratch_make(&scratch);
    streams_begin(streams, threads, scratch.path);
}

static void read_back(unsigned threads)
{
    streams_end(streams, threads);
    run_read(&run, scratch.path);
    ck_assert_int_eq(run.warned.count, 0);
}

static void end(void)
{
    run_finish(&run);
    scratch_remove(&scratch);
}

static const struct blame_part *part_named(const char *name)
{
    for (size_t i = 0; i < run.blame.part_count; i++)
        if (!strcmp(run.blame.parts[i].name, name))
            return &run.blame.parts[i];
    ck_abort_msg("no part %s", name);
}

static void is_near(const char *what, double found, double expected)
{
    ck_assert_msg(fabs(found - expected) < 1e-6, "%s is %f, not %f", what, found, expected);
}

static void mark(uint64_t at, const char *name)
{
    stream_add_mark(&streams[0], at, 0, name);
}

static void nap(uint64_t at, uint32_t task, uint64_t takes)
{
    CALL(&streams[0], .at = at, .takes = takes, .task = task, .function = FN_SLEEP, .fd = -1);
}

/* --- time --- */

START_TEST(a_part_lasts_until_the_next_mark_or_the_threads_end)
{
    begin(2);
    mark(10 * MS, "one");
    mark(30 * MS, "other");
    mark(60 * MS, "");
    mark(80 * MS, "one");
    stream_add_mark(&streams[1], 90 * MS, 0, "one"); /* side by side for 20 ms */
    mark(110 * MS, "");
    stream_add_thread_end(&streams[1], 150 * MS, 0);
    stream_add_process_end(&streams[0], 200 * MS, 0);
    read_back(2);
    ck_assert_uint_eq(run.blame.part_count, 2);
    is_near("one", part_named("one")->wall_s, 0.02 + 0.07);
    is_near("its longest stay", part_named("one")->longest_s, 0.06);
    ck_assert_uint_eq(part_named("one")->count, 3);
    is_near("other", part_named("other")->wall_s, 0.03);
    ck_assert_uint_eq(part_named("other")->count, 1);
    end();
}
END_TEST

START_TEST(a_part_may_last_to_the_end_of_the_process)
{
    begin(1);
    mark(10 * MS, "one");
    stream_add_process_end(&streams[0], 50 * MS, 0);
    read_back(1);
    is_near("one", part_named("one")->wall_s, 0.04);
    end();
}
END_TEST

/* --- tasks --- */

START_TEST(a_task_begins_in_the_part_that_it_was_started_in)
{
    begin(1);
    mark(1 * MS, "one");
    stream_add_task_start(&streams[0], 2 * MS, 1, 0);
    stream_add_task_start(&streams[0], 2 * MS, 2, 0);
    mark(3 * MS, "");
    nap(4 * MS, 1, 10 * MS);
    stream_add_mark(&streams[0], 20 * MS, 2, "other");
    nap(21 * MS, 2, 5 * MS);
    stream_add_task_end(&streams[0], 40 * MS, 2);
    stream_add_task_end(&streams[0], 50 * MS, 1);
    nap(60 * MS, 0, 3 * MS);
    read_back(1);
    is_near("one", part_named("one")->wall_s, 0.049);
    ck_assert_uint_eq(part_named("one")->count, 1);
    is_near("called in one", part_named("one")->blocked_s, 0.01);
    is_near("other", part_named("other")->wall_s, 0.02);
    is_near("called in other", part_named("other")->blocked_s, 0.005);
    end();
}
END_TEST

/* Nothing tells which greenlet it was that has named the part. */
START_TEST(coroutines_of_others_are_in_the_part_of_their_thread)
{
    begin(1);
    mark(1 * MS, "one");
    nap(2 * MS, 77, 10 * MS);
    mark(20 * MS, "");
    nap(21 * MS, 77, 10 * MS);
    read_back(1);
    is_near("called in one", part_named("one")->blocked_s, 0.01);
    end();
}
END_TEST

/* --- what is charged --- */

/* Four connections, each used for 100 ms when the one before it is done; marked, two in each part.
 */
static void use_one_at_a_time(bool marked)
{
    static const char *const names[] = {"first half", "first half", "second half", "second half"};
    begin(1);
    for (int i = 0; i < 4; i++) {
        stream_add_peer(&streams[0], 100 * i, 0, 5 + i, TRACE_PEER_CONNECT, "127.0.0.1:443");
        CALL(&streams[0], .at = 100 * i, .takes = 10, .function = FN_CONNECT, .fd = 5 + i);
    }
    for (int i = 0; i < 4; i++) {
        uint64_t at = 1000 + i * 101 * MS;
        if (marked)
            mark(at, names[i]);
        CALL(&streams[0], .at = at, .takes = 10, .function = FN_SEND, .fd = 5 + i, .result = 70);
        CALL(&streams[0], .at = at + 100, .takes = 100 * MS, .function = FN_RECV, .fd = 5 + i,
             .result = 40);
    }
    read_back(1);
}

START_TEST(a_call_counts_for_the_part_that_it_was_made_in)
{
    use_one_at_a_time(true);
    const struct blame_part *first = part_named("first half"), *second = part_named("second half");
    is_near("of the first", first->serialized_s, 0.2);
    is_near("of the second", second->serialized_s, 0.1);
    is_near("of all", run.blame.serialized_s, 0.3);
    is_near("blocked in the first", first->blocked_s, 0.20002);
    ck_assert_uint_eq(first->call_count, 2); /* recv, and send */
    is_near("the call", first->calls[0].serialized_s, 0.2);
    ck_assert_uint_eq(first->calls[0].count, 2);
    ck_assert_ptr_eq(first->calls[0].call, second->calls[0].call);
    ck_assert_ptr_eq(first, &run.blame.parts[0]); /* the worst comes first */
    end();
}
END_TEST

START_TEST(the_rest_of_the_report_is_the_same_without_marks)
{
    double sums[2][5];
    for (int marked = 0; marked < 2; marked++) {
        use_one_at_a_time(marked);
        const struct blame *blame = &run.blame;
        const double these[5] = {blame->serialized_s, blame->waiting_conn_s, blame->call_count,
                                 blame->finding_count, blame->what_if_s};
        memcpy(sums[marked], these, sizeof these);
        ck_assert_uint_eq(blame->calls[0].victims_in_all, 3);
        end();
    }
    for (int i = 0; i < 5; i++)
        is_near("a figure", sums[1][i], sums[0][i]);
}
END_TEST

/* A served client's request is read, computed upon and answered, while another one waits. The mark
 * in the middle ends what was computed for the part before it. */
START_TEST(what_is_computed_before_a_mark_belongs_to_the_part_before)
{
    static const uint64_t frames[] = {0x1000};
    begin(1);
    mark(1 * MS, "one");
    stream_add_computed(&streams[0], 50 * MS, 49 * MS, UINT16_MAX, -1, frames, 1);
    mark(50 * MS, "other");
    stream_add_computed(&streams[0], 80 * MS, 79 * MS, FN_SEND, 5, frames, 1);
    CALL(&streams[0], .at = 80 * MS, .takes = 10, .function = FN_SEND, .fd = 5, .result = 7);
    read_back(1);
    const struct site *before = NULL, *after = NULL;
    for (size_t i = 0; i < run.model.sites.count; i++) {
        const struct site *site = run.model.sites.items[i];
        const char *function = model_function(&run.model, site->function);
        if (site->mark && !strcmp(function, "greq_mark"))
            before = site;
        else if (site->mark && site->frames[0] == frames[0])
            after = site;
    }
    ck_assert(before && after);
    ck_assert_str_eq(before->mark->name, "one");
    ck_assert_str_eq(after->mark->name, "other");
    end();
}
END_TEST

/* --- bounds --- */

START_TEST(names_beyond_those_kept_are_one_part)
{
    begin(1);
    for (int i = 0; i < MARKS_MAX + 10; i++) {
        char name[32];
        snprintf(name, sizeof name, "mark %d", i);
        mark((1 + i) * MS, name);
    }
    mark((MARKS_MAX + 11) * MS, "mark 3");
    mark((MARKS_MAX + 12) * MS, "");
    read_back(1);
    ck_assert_uint_eq(run.blame.part_count, MARKS_MAX);
    ck_assert_uint_eq(part_named("mark 3")->count, 2);
    ck_assert_uint_eq(part_named("(all other marks)")->count, 11);
    end();
}
END_TEST

SUITE("parts", ONCE(a_part_lasts_until_the_next_mark_or_the_threads_end),
      ONCE(a_part_may_last_to_the_end_of_the_process),
      ONCE(a_task_begins_in_the_part_that_it_was_started_in),
      ONCE(coroutines_of_others_are_in_the_part_of_their_thread),
      ONCE(a_call_counts_for_the_part_that_it_was_made_in),
      ONCE(the_rest_of_the_report_is_the_same_without_marks),
      ONCE(what_is_computed_before_a_mark_belongs_to_the_part_before),
      ONCE(names_beyond_those_kept_are_one_part))
