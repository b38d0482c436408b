/* Two runs side by side. */
#include "check/compare.h"

#include "check/difference.h"
#include "json_report.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static struct summary before, after;
static struct comparison comparison;

static void compare(json_t *old, json_t *new)
{
    json_report_read(&before, old);
    json_report_read(&after, new);
    comparison_make(&comparison, &before, &after, 0.2);
}

static void end(void)
{
    comparison_finish(&comparison);
    summary_finish(&before);
    summary_finish(&after);
}

static const struct site_change *change_of(const char *call)
{
    for (size_t i = 0; i < comparison.count; i++) {
        const struct site_change *change = &comparison.sites[i];
        if (!strcmp((change->after ? change->after : change->before)->call, call))
            return change;
    }
    ck_abort_msg("no %s", call);
}

static void expect(const char *call, enum change change)
{
    ck_assert_msg(change_of(call)->change == change, "%s is %s", call,
                  change_names[change_of(call)->change]);
}

static void add(json_t *report, const char *call, const char *stack, double serialized,
                double blocked)
{
    REPORTED(report, .call = call, .stack = stack, .count = 1, .serialized_s = serialized,
             .blocked_s = blocked);
}

/* One of each kind; all lines have moved. */
static void compare_two_runs(void)
{
    json_t *old = json_report_make(), *new = json_report_make();
    add(old, "poll", "wait w.c:3", 2, 2);
    add(new, "poll", "wait w.c:9", 3, 3);
    add(old, "recv", "read r.c:3", 2, 2);
    add(new, "recv", "read r.c:9", 0, 0.1);
    add(new, "send", "write s.c:9", 1, 1);
    add(old, "connect", "dial d.c:3", 1, 1);
    add(old, "read", "load l.c:3", 0, 3);
    add(new, "read", "load l.c:9", 0, 4);
    add(old, "sleep", "nap n.c:3", 0.5, 0.5);
    add(new, "sleep", "nap n.c:9", 0.6, 0.6);
    add(new, "accept", "serve n.c:9", 0, 0.1);
    compare(old, new);
}

START_TEST(each_kind_of_change_is_told)
{
    compare_two_runs();
    ck_assert_uint_eq(comparison.count, 7);
    expect("poll", CHANGE_WORSE);
    expect("recv", CHANGE_BETTER);
    expect("send", CHANGE_NEW);
    expect("connect", CHANGE_GONE);
    expect("read", CHANGE_WORSE); /* it serialized nothing, but blocks longer */
    expect("sleep", CHANGE_NONE); /* less than a fifth, and than the floor */
    expect("accept", CHANGE_NONE);
    end();
}
END_TEST

/* What is bad before what is good, and of each the largest first. */
START_TEST(the_worst_comes_first)
{
    static const char *const order[] = {"poll", "send", "read", "recv", "connect"};
    json_t *old = json_report_make(), *new = json_report_make();
    add(old, "connect", "dial d.c:3", 1, 1);
    add(old, "recv", "read r.c:3", 2, 2);
    add(new, "read", "load l.c:9", 0, 4);
    add(new, "send", "write s.c:9", 1, 1);
    add(new, "poll", "wait w.c:9", 3, 3);
    compare(old, new);
    for (int i = 0; i < 5; i++)
        ck_assert_ptr_eq(change_of(order[i]), &comparison.sites[i]);
    end();
}
END_TEST

START_TEST(serialized_time_counts_before_blocked_time)
{
    json_t *old = json_report_make(), *new = json_report_make();
    add(old, "poll", "wait w.c:3", 1, 5);
    add(new, "poll", "wait w.c:3", 2, 1);
    compare(old, new);
    expect("poll", CHANGE_WORSE);
    end();
}
END_TEST

START_TEST(runs_without_calls_are_alike)
{
    compare(json_report_make(), json_report_make());
    ck_assert_uint_eq(comparison.count, 0);
    end();
}
END_TEST

/* --- what is printed --- */

static char *print(void (*render)(const struct difference *, const struct style *, FILE *))
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    const struct difference difference = {&before, &after, &comparison, 0.2, "/project"};
    render(&difference, &(struct style){.utf8 = true}, out);
    fclose(out);
    return text;
}

static void has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part), "no '%s' in:\n%s", part, text);
}

START_TEST(people_see_figures_and_changes)
{
    compare_two_runs();
    char *text = print(difference_text);
    has(text, "wall_s                    10.000 s    10.000 s\n");
    has(text, "serialized_s               5.500 s     4.600 s  -0.900 s\n");
    has(text, "worse      2.000 s     3.000 s     2.000 s     3.000 s  poll from wait (w.c:9)\n");
    has(text,
        "gone       1.000 s     0.000 s     1.000 s     0.000 s  connect from dial (d.c:3)\n");
    has(text, "\n5 call sites changed by more than 20 % and 0.2 s, 2 did not\n");
    ck_assert_ptr_null(strstr(text, "sleep"));
    ck_assert_ptr_null(strstr(text, "was not seen"));
    free(text);
    end();
}
END_TEST

/* What is excused makes nothing worse, and is told. */
static void compare_excused(void)
{
    json_t *new = json_report_make();
    REPORTED(new, .call = "close", .stack = "end e.c:3", .count = 1, .serialized_s = 3,
             .excused = "it was queued");
    json_report_mark(new, "checkout", 4, 0, 2);
    json_report_read(&before, json_report_make());
    json_report_read(&after, new);
    summary_excuse(&after, true);
    comparison_make(&comparison, &before, &after, 0.2);
}

START_TEST(people_see_what_is_excused)
{
    compare_excused();
    expect("close", CHANGE_NONE);
    char *text = print(difference_text);
    has(text, "serialized_s               0.000 s     3.000 s  +3.000 s\n");
    has(text, "  2.000 s  checkout\n"
              "excused in the new run: close from end, serialized 3.000 s: it was queued\n");
    free(text);
    end();
}
END_TEST

START_TEST(programs_see_what_is_excused)
{
    compare_excused();
    char *text = print(difference_json);
    json_t *root = json_loads(text, 0, NULL);
    double all, run, site, part;
    ck_assert_int_eq(json_unpack(root, "{s:{s:F, s:{s:F}}}", "new", "serialized_s", &all, "excused",
                                 "serialized_s", &run),
                     0);
    ck_assert_int_eq(json_unpack(json_array_get(json_object_get(root, "sites"), 0), "{s:{s:{s:F}}}",
                                 "new", "excused", "serialized_s", &site),
                     0);
    ck_assert_int_eq(json_unpack(json_array_get(json_object_get(root, "marks"), 0), "{s:{s:{s:F}}}",
                                 "new", "excused", "serialized_s", &part),
                     0);
    ck_assert(all == 3 && run == 3 && site == 3 && part == 2);
    ck_assert_ptr_null(json_object_get(json_object_get(root, "old"), "excused"));
    json_decref(root);
    free(text);
    end();
}
END_TEST

START_TEST(people_are_warned_of_a_run_that_was_not_seen)
{
    json_t *new = json_report_make();
    json_report_set(new, "coverage", 0.5);
    compare(json_report_make(), new);
    char *text = print(difference_text);
    has(text, "run was not seen well enough to be compared");
    free(text);
    end();
}
END_TEST

/* "common" in both, and another one in each. */
static void compare_parts(void)
{
    json_t *old = json_report_make(), *new = json_report_make();
    add(old, "poll", "wait w.c:3", 2, 2);
    add(new, "poll", "wait w.c:9", 3, 3);
    json_report_mark(old, "left", 1, 0, 0);
    json_report_mark(old, "common", 4, 0, 2);
    json_report_mark(new, "common", 5, 0, 2.5);
    json_report_mark(new, "added", 6, 0, 0.5);
    compare(old, new);
}

START_TEST(people_see_parts_side_by_side)
{
    compare_parts();
    char *text = print(difference_text);
    has(text, "\n           4.000 s     5.000 s     2.000 s     2.500 s  common\n"
              "new        0.000 s     6.000 s     0.000 s     0.500 s  added\n"
              "gone       1.000 s     0.000 s     0.000 s     0.000 s  left\n");
    free(text);
    end();
}
END_TEST

START_TEST(programs_see_parts)
{
    compare_parts();
    char *text = print(difference_json);
    json_t *root = json_loads(text, 0, NULL), *marks = json_object_get(root, "marks");
    ck_assert_uint_eq(json_array_size(marks), 3);
    const char *mark;
    double old, new, held;
    ck_assert_int_eq(json_unpack(json_array_get(marks, 0), "{s:s, s:{s:F}, s:{s:F, s:F}}", "mark",
                                 &mark, "old", "wall_s", &old, "new", "wall_s", &new,
                                 "serialized_s", &held),
                     0);
    ck_assert_str_eq(mark, "common");
    ck_assert_double_eq(old, 4);
    ck_assert_double_eq(new, 5);
    ck_assert_double_eq(held, 2.5);
    json_decref(root);
    free(text);
    end();
}
END_TEST

START_TEST(programs_see_all_sites)
{
    compare_two_runs();
    char *text = print(difference_json);
    json_t *root = json_loads(text, 0, NULL);
    ck_assert_ptr_nonnull(root);
    ck_assert_int_eq(json_integer_value(json_object_get(root, "schema")), 1);
    ck_assert_uint_eq(json_array_size(json_object_get(root, "sites")), 7);
    json_t *first = json_array_get(json_object_get(root, "sites"), 0);
    const char *change, *call, *function, *file;
    int line;
    double old, new;
    ck_assert_int_eq(json_unpack(first, "{s:s, s:s, s:s, s:s, s:i, s:{s:F}, s:{s:F}}", "change",
                                 &change, "call", &call, "function", &function, "file", &file,
                                 "line", &line, "old", "serialized_s", &old, "new", "serialized_s",
                                 &new),
                     0);
    ck_assert_double_eq(new - old, 1);
    ck_assert_int_eq(line, 9);
    json_decref(root);
    free(text);
    end();
}
END_TEST

SUITE("tracer: diff", ONCE(each_kind_of_change_is_told), ONCE(the_worst_comes_first),
      ONCE(serialized_time_counts_before_blocked_time), ONCE(runs_without_calls_are_alike),
      ONCE(people_see_figures_and_changes), ONCE(people_see_what_is_excused),
      ONCE(programs_see_what_is_excused), ONCE(people_are_warned_of_a_run_that_was_not_seen),
      ONCE(people_see_parts_side_by_side), ONCE(programs_see_parts), ONCE(programs_see_all_sites))
