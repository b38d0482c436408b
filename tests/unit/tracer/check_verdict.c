/* Runs judged by budgets and baselines. */
#include "check/verdict.h"

#include "json_report.h"
#include "suite.h"

#include <string.h>

static struct budget budget;
static struct summary run, baseline;
static struct verdicts verdicts;

static void end(void)
{
    verdicts_finish(&verdicts);
    summary_finish(&run);
    summary_finish(&baseline);
}

static struct limit at(double value)
{
    return (struct limit){.set = true, .value = value, .line = 3};
}

static void judge(json_t *report)
{
    budget_complete(&budget);
    json_report_read(&run, report);
    verdicts_make(&verdicts, &run, &budget, baseline.name ? &baseline : NULL);
}

static const struct verdict *found(enum rule_number rule)
{
    const struct verdict *verdict = verdicts_find(&verdicts, rule);
    ck_assert_msg(verdict, "%s was not applied", rules[rule].name);
    return verdict;
}

static void expect(enum rule_number rule, enum outcome outcome, double measured)
{
    ck_assert_msg(found(rule)->outcome == outcome, "%s is %s", rules[rule].name,
                  outcome_name(found(rule)->outcome));
    ck_assert_double_eq_tol(found(rule)->measured, measured, 1e-9);
}

static void expect_culprits(enum rule_number rule, const char *const *calls, size_t count)
{
    const struct verdict *verdict = found(rule);
    ck_assert_uint_eq(verdict->culprit_count, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_eq(verdict->culprits[i]->call, calls[i]);
}
#define CULPRITS(rule, ...)                                   \
    expect_culprits(rule, (const char *const[]){__VA_ARGS__}, \
                    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* 3 s by poll, 1 s by recv, a little by sleep, and a long connect that serialized nothing. */
static json_t *stalled_run(void)
{
    json_t *report = json_report_make();
    REPORTED(report, .call = "poll", .stack = "wait w.c:3|main m.c:1", .count = 3, .blocked_s = 3,
             .longest_s = 1, .serialized_s = 3);
    REPORTED(report, .call = "recv", .stack = "read r.c:3|main m.c:2", .count = 1, .blocked_s = 1,
             .longest_s = 1.5, .serialized_s = 1, .loop_blocked_s = 0.5);
    REPORTED(report, .call = "sleep", .stack = "nap r.c:3|main m.c:2", .count = 1, .blocked_s = 0.2,
             .longest_s = 0.2, .serialized_s = 0.1, .held_tasks_s = 0.75, .lock_wait_s = 0.25);
    REPORTED(report, .call = "connect", .stack = "dial d.c:3|main m.c:2", .count = 1,
             .blocked_s = 5, .longest_s = 5);
    return report;
}

START_TEST(a_run_within_its_budget_passes)
{
    budget = (struct budget){.serialized_s = at(4.1),
                             .serialized_share = at(0.41),
                             .min_concurrency = at(4),
                             .longest_call_s = at(5),
                             .loop_blocked_s = at(0.5),
                             .held_tasks_s = at(0.75),
                             .lock_wait_s = at(0.25)};
    judge(stalled_run());
    ck_assert_int_eq(verdicts.outcome, OUTCOME_WITHIN);
    expect(RULE_serialized_s, OUTCOME_WITHIN, 4.1);
    expect(RULE_SHARE, OUTCOME_WITHIN, 0.41);
    expect(RULE_loop_blocked_s, OUTCOME_WITHIN, 0.5);
    expect(RULE_held_tasks_s, OUTCOME_WITHIN, 0.75);
    expect(RULE_lock_wait_s, OUTCOME_WITHIN, 0.25);
    expect(RULE_CONCURRENCY, OUTCOME_WITHIN, 4);
    expect(RULE_LONGEST, OUTCOME_WITHIN, 5);
    expect(RULE_COVERAGE, OUTCOME_WITHIN, 1);
    ck_assert_uint_eq(found(RULE_serialized_s)->culprit_count, 0);
    ck_assert_ptr_null(verdicts_find(&verdicts, RULE_BASELINE_WALL));
    end();
}
END_TEST

START_TEST(each_rule_names_the_calls_behind_it)
{
    budget = (struct budget){.serialized_s = at(1),
                             .serialized_share = at(0.1),
                             .min_concurrency = at(4.5),
                             .longest_call_s = at(1.2),
                             .loop_blocked_s = at(0),
                             .held_tasks_s = at(0.7),
                             .lock_wait_s = at(0.2)};
    judge(stalled_run());
    ck_assert_int_eq(verdicts.outcome, OUTCOME_OVER);
    expect(RULE_serialized_s, OUTCOME_OVER, 4.1);
    CULPRITS(RULE_serialized_s, "poll", "recv"); /* sleep is less than a tenth of it */
    CULPRITS(RULE_SHARE, "poll", "recv");
    CULPRITS(RULE_loop_blocked_s, "recv");
    CULPRITS(RULE_held_tasks_s, "sleep");
    CULPRITS(RULE_lock_wait_s, "sleep");
    CULPRITS(RULE_CONCURRENCY, "connect"); /* blocked longest */
    CULPRITS(RULE_LONGEST, "connect", "recv");
    ck_assert_uint_eq(found(RULE_LONGEST)->line, 3);
    end();
}
END_TEST

/* Calls from two lines of one function, of which the report excuses one, and another that it
 * excuses. */
static json_t *excused_run(void)
{
    json_t *report = json_report_make();
    REPORTED(report, .call = "lock", .stack = "wait w.c:3|main m.c:1", .serialized_s = 1,
             .loop_blocked_s = 0.5);
    REPORTED(report, .call = "lock", .stack = "wait w.c:9|main m.c:1", .excused = "it had to",
             .serialized_s = 0.25, .loop_blocked_s = 2);
    REPORTED(report, .call = "close", .stack = "end e.c:3|main m.c:2", .excused = "it was queued",
             .serialized_s = 3);
    json_report_mark(report, "checkout", 4, 1, 0.25);
    return report;
}

START_TEST(what_the_report_excuses_is_in_no_sum)
{
    struct mark_limits mark = {.mark = "checkout", .serialized_s = at(0)};
    budget = (struct budget){
        .serialized_s = at(0.9), .loop_blocked_s = at(0.6), .marks = &mark, .mark_count = 1};
    json_report_read(&run, excused_run());
    budget_complete(&budget);
    summary_excuse(&run, true);
    verdicts_make(&verdicts, &run, &budget, NULL);
    expect(RULE_serialized_s, OUTCOME_OVER, 1);
    CULPRITS(RULE_serialized_s, "lock");
    expect(RULE_loop_blocked_s, OUTCOME_WITHIN, 0.5);
    for (size_t i = 0; i < verdicts.count; i++)
        ck_assert(!verdicts.items[i].mark || verdicts.items[i].outcome == OUTCOME_WITHIN);
    ck_assert_str_eq(run.sites[0].excuses[SUMMARY_loop_blocked_s], "it had to");
    ck_assert_double_eq(run.sites[0].excused[SUMMARY_loop_blocked_s], 2);
    ck_assert_double_eq(run.sites[1].excused[SUMMARY_serialized_s], 3);
    ck_assert_double_eq(SUMMARY_WHOLE(&run, serialized_s), 4.25);
    ck_assert_double_eq(SUMMARY_WHOLE(&run.parts[0], serialized_s), 0.25);
    end();
}
END_TEST

/* Nobody limited it, or somebody did: the run as a whole, or a part of it. */
START_TEST(a_limit_of_ones_own_counts_all_that_was_computed)
{
    struct mark_limits mark = {.mark = "checkout", .computing_s = at(0.5)};
    json_t *report = json_report_make();
    REPORTED(report, .call = "send", .stack = "answer a.c:3|main m.c:1", .excused = "it was usual",
             .serialized_s = 1, .computing_s = 3);
    json_report_mark(report, "checkout", 4, 0, 1);
    budget = (struct budget){.marks = &mark, .mark_count = _i == 2};
    if (_i == 1)
        budget.computing_s = at(0.5);
    json_report_read(&run, report);
    budget_complete(&budget);
    ck_assert_int_eq(budget.is_default, _i == 0);
    summary_excuse(&run, budget.is_default);
    verdicts_make(&verdicts, &run, &budget, NULL);
    if (_i < 2)
        expect(RULE_computing_s, _i ? OUTCOME_OVER : OUTCOME_WITHIN, _i ? 3 : 0);
    ck_assert_double_eq(run.excused[SUMMARY_computing_s], _i ? 0 : 3);
    ck_assert_double_eq(run.sites[0].excused[SUMMARY_computing_s], _i ? 0 : 3);
    ck_assert_double_eq(run.serialized_s, 0);
    end();
}
END_TEST

START_TEST(one_exceeded_rule_is_enough)
{
    budget = (struct budget){.serialized_s = at(100), .longest_call_s = at(4.9)};
    judge(stalled_run());
    ck_assert_int_eq(verdicts.outcome, OUTCOME_OVER);
    expect(RULE_serialized_s, OUTCOME_WITHIN, 4.1);
    expect(RULE_LONGEST, OUTCOME_OVER, 5);
    end();
}
END_TEST

START_TEST(without_a_budget_hardly_anything_may_be_serialized)
{
    budget = (struct budget){0};
    json_t *report = json_report_make();
    REPORTED(report, .call = "sleep", .stack = "tick -", .loop_blocked_s = 0.3,
             .serialized_s = 0.15);
    judge(report);
    ck_assert_int_eq(verdicts.outcome, OUTCOME_OVER);
    expect(RULE_serialized_s, OUTCOME_WITHIN, 0.15);
    expect(RULE_loop_blocked_s, OUTCOME_OVER, 0.3);
    CULPRITS(RULE_loop_blocked_s, "sleep");
    end();
}
END_TEST

START_TEST(allowed_calls_are_taken_out_of_the_sums)
{
    struct allowance allowed[] = {
        {.call = "poll", .function = "wait", .reason = "known", .line = 5},
        {.call = "connect", .function = "main", .reason = "once", .line = 6},
        {.call = "poll", .function = "dial", .reason = "matches nothing", .line = 7},
    };
    budget = (struct budget){
        .serialized_s = at(1.1), .longest_call_s = at(1.5), .allowed = allowed, .allowed_count = 3};
    judge(stalled_run());
    ck_assert_int_eq(verdicts.outcome, OUTCOME_WITHIN);
    expect(RULE_serialized_s, OUTCOME_WITHIN, 1.1);
    expect(RULE_LONGEST, OUTCOME_WITHIN, 1.5);
    ck_assert_double_eq(verdicts.allowed[0].serialized_s, 3);
    ck_assert_uint_eq(verdicts.allowed[1].site_count, 1);
    ck_assert_uint_eq(verdicts.allowed[2].site_count, 0);
    ck_assert_ptr_eq(verdicts_allowance(&verdicts, &run.sites[0]), &allowed[0]);
    ck_assert_ptr_null(verdicts_allowance(&verdicts, &run.sites[1]));
    end();
}
END_TEST

/* Of a budget of nothing, and sums that were rounded. */
START_TEST(all_may_be_allowed)
{
    struct allowance allowed = {.call = "*", .function = "*", .reason = "all of it"};
    budget = (struct budget){.serialized_s = at(0), .allowed = &allowed, .allowed_count = 1};
    json_t *report = json_report_make();
    REPORTED(report, .call = "poll", .stack = "wait w.c:3", .serialized_s = 0.1);
    REPORTED(report, .call = "recv", .stack = "read r.c:3", .serialized_s = 0.2);
    json_report_set(report, "serialized_s", 0.3000000001);
    judge(report);
    expect(RULE_serialized_s, OUTCOME_WITHIN, 0);
    end();
}
END_TEST

/* However good the figures look. */
START_TEST(a_run_that_was_not_seen_never_passes)
{
    static const struct {
        const char *key;
        double value;
        enum rule_number rule;
    } gaps[] = {{"coverage", 0.949, RULE_COVERAGE},
                {"coverage", 0, RULE_COVERAGE}, /* not known */
                {"lost", 1, RULE_LOST},
                {"cut", 1, RULE_CUT}};
    budget = (struct budget){.serialized_s = at(1)};
    json_t *report = json_report_make();
    json_report_set(report, gaps[_i].key, gaps[_i].value);
    judge(report);
    ck_assert_int_eq(verdicts.outcome, OUTCOME_UNMEASURABLE);
    expect(gaps[_i].rule, OUTCOME_UNMEASURABLE, gaps[_i].value);
    expect(RULE_serialized_s, OUTCOME_UNMEASURABLE, 0);
    ck_assert(verdict_is_reason(found(gaps[_i].rule)));
    ck_assert(!verdict_is_reason(found(RULE_serialized_s)));
    end();
}
END_TEST

START_TEST(a_damaged_trace_is_not_measurable)
{
    budget = (struct budget){0};
    budget_complete(&budget);
    json_report_read(&run, stalled_run());
    run.damaged = 2;
    verdicts_make(&verdicts, &run, &budget, NULL);
    ck_assert_int_eq(verdicts.outcome, OUTCOME_UNMEASURABLE);
    expect(RULE_DAMAGED, OUTCOME_UNMEASURABLE, 2);
    end();
}
END_TEST

START_TEST(the_coverage_asked_for_may_be_less)
{
    budget = (struct budget){.min_coverage = at(0.5)};
    json_t *report = json_report_make();
    json_report_set(report, "coverage", 0.6);
    judge(report);
    ck_assert_int_eq(verdicts.outcome, OUTCOME_WITHIN);
    end();
}
END_TEST

/* --- baselines --- */

static json_t *run_of(double wall, double serialized, double longest)
{
    json_t *report = json_report_make();
    json_report_set(report, "wall_s", wall);
    REPORTED(report, .call = "poll", .stack = "wait w.c:3", .longest_s = longest,
             .serialized_s = serialized);
    return report;
}

START_TEST(a_baseline_has_a_tolerance_and_a_floor)
{
    static const struct {
        double wall, serialized, longest;
        enum rule_number rule; /* that is exceeded; 0: none */
    } runs[] = {
        {12, 2.4, 1.2, 0},
        {12.1, 2, 1, RULE_BASELINE_WALL},
        {10, 2.5, 1, RULE_BASELINE_SERIALIZED},
        {10, 2, 1.25, RULE_BASELINE_LONGEST},
        {5, 1, 0.5, 0},
    };
    budget = (struct budget){0};
    json_report_read(&baseline, run_of(10, 2, 1));
    budget.baseline = "old.json";
    judge(run_of(runs[_i].wall, runs[_i].serialized, runs[_i].longest));
    ck_assert_int_eq(verdicts.outcome, runs[_i].rule ? OUTCOME_OVER : OUTCOME_WITHIN);
    if (runs[_i].rule)
        ck_assert_int_eq(found(runs[_i].rule)->outcome, OUTCOME_OVER);
    ck_assert_ptr_null(verdicts_find(&verdicts, RULE_serialized_s));
    end();
}
END_TEST

START_TEST(little_of_nothing_is_noise)
{
    budget = (struct budget){.baseline = "old.json"};
    json_report_read(&baseline, run_of(10, 0, 0));
    judge(run_of(10, 0.19, 0.19));
    ck_assert_int_eq(verdicts.outcome, OUTCOME_WITHIN);
    end();
}
END_TEST

/* What blocks longer is behind a run that takes longer, whether or not it serialized anything. */
START_TEST(a_longer_run_is_blamed_on_the_calls_that_changed)
{
    budget = (struct budget){.baseline = "old.json"};
    json_t *before = json_report_make(), *after = json_report_make();
    json_report_set(after, "wall_s", 20);
    REPORTED(before, .call = "poll", .stack = "wait w.c:3", .blocked_s = 1);
    REPORTED(before, .call = "recv", .stack = "read r.c:3", .blocked_s = 1);
    REPORTED(after, .call = "poll", .stack = "wait w.c:3", .blocked_s = 1);
    REPORTED(after, .call = "recv", .stack = "read r.c:3", .blocked_s = 9);
    REPORTED(after, .call = "sleep", .stack = "nap r.c:3", .blocked_s = 2);
    json_report_read(&baseline, before);
    judge(after);
    expect(RULE_BASELINE_WALL, OUTCOME_OVER, 20);
    CULPRITS(RULE_BASELINE_WALL, "recv", "sleep");
    end();
}
END_TEST

/* The sum is what it was, but another call has it. */
START_TEST(a_call_that_became_worse_is_found)
{
    budget = (struct budget){.baseline = "old.json"};
    json_t *before = json_report_make(), *after = json_report_make();
    REPORTED(before, .call = "poll", .stack = "wait w.c:3", .serialized_s = 3);
    REPORTED(before, .call = "recv", .stack = "read r.c:3", .serialized_s = 1);
    REPORTED(after, .call = "poll", .stack = "wait w.c:9", .serialized_s = 1);
    REPORTED(after, .call = "recv", .stack = "read r.c:7", .serialized_s = 2);
    REPORTED(after, .call = "send", .stack = "write s.c:7", .serialized_s = 1);
    json_report_read(&baseline, before);
    judge(after);
    ck_assert_int_eq(verdicts.outcome, OUTCOME_OVER);
    expect(RULE_BASELINE_SERIALIZED, OUTCOME_WITHIN, 4);
    expect(RULE_BASELINE_CALLS, OUTCOME_OVER, 2);
    ck_assert_uint_eq(found(RULE_BASELINE_CALLS)->culprit_count, 2);
    end();
}
END_TEST

START_TEST(what_is_allowed_is_taken_out_of_the_baseline_too)
{
    struct allowance allowed = {.call = "poll", .function = "*", .reason = "known"};
    budget = (struct budget){.baseline = "old.json", .allowed = &allowed, .allowed_count = 1};
    json_t *before = json_report_make(), *after = json_report_make();
    REPORTED(before, .call = "poll", .stack = "wait w.c:3", .serialized_s = 3);
    REPORTED(after, .call = "poll", .stack = "wait w.c:3", .serialized_s = 5);
    REPORTED(after, .call = "recv", .stack = "read r.c:7", .serialized_s = 2);
    json_report_read(&baseline, before);
    judge(after);
    expect(RULE_BASELINE_SERIALIZED, OUTCOME_OVER, 2);
    ck_assert_double_eq(found(RULE_BASELINE_SERIALIZED)->limit, 0.2);
    expect(RULE_BASELINE_CALLS, OUTCOME_OVER, 1);
    CULPRITS(RULE_BASELINE_CALLS, "recv");
    end();
}
END_TEST

/* --- parts of the program --- */

static const struct verdict *found_of(enum rule_number rule, const char *mark)
{
    for (size_t i = 0; i < verdicts.count; i++) {
        const struct verdict *verdict = &verdicts.items[i];
        if (verdict->rule == &rules[rule] && verdict->mark && !strcmp(verdict->mark, mark))
            return verdict;
    }
    ck_abort_msg("%s was not applied to %s", rules[rule].name, mark);
}

static void expect_of(const char *mark, enum rule_number rule, enum outcome outcome,
                      double measured)
{
    ck_assert_msg(found_of(rule, mark)->outcome == outcome, "%s of %s is %s", rules[rule].name,
                  mark, outcome_name(found_of(rule, mark)->outcome));
    ck_assert_double_eq_tol(found_of(rule, mark)->measured, measured, 1e-9);
}

/* In "pay" poll serialized 2 s and in "pay[1]" 1 s; recv 1 s in "look". */
static json_t *marked_run(void)
{
    json_t *report = stalled_run();
    json_report_mark(report, "pay", 2.5, 0, 2);
    json_report_mark(report, "pay[1]", 1.5, 0, 1);
    json_report_mark(report, "look", 9, 1, 1);
    return report;
}

START_TEST(each_part_is_judged_by_itself)
{
    struct mark_limits marks[] = {
        {.mark = "pay*", .line = 2, .serialized_s = at(1.5), .wall_s = at(2)},
        {.mark = "pay[1]", .line = 4, .longest_call_s = at(0.5)},
        {.mark = "look", .line = 6, .wall_s = at(10), .held_tasks_s = at(0)},
    };
    budget = (struct budget){.marks = marks, .mark_count = 3};
    judge(marked_run());
    ck_assert_int_eq(verdicts.outcome, OUTCOME_OVER);
    expect_of("pay", RULE_serialized_s, OUTCOME_OVER, 2);
    expect_of("pay", RULE_MARK_WALL, OUTCOME_OVER, 2.5);
    expect_of("pay[1]", RULE_serialized_s, OUTCOME_WITHIN, 1);
    expect_of("pay[1]", RULE_LONGEST, OUTCOME_OVER, 1);
    expect_of("look", RULE_MARK_WALL, OUTCOME_WITHIN, 9);
    expect_of("look", RULE_held_tasks_s, OUTCOME_WITHIN, 0);
    const struct verdict *verdict = found_of(RULE_serialized_s, "pay");
    ck_assert_uint_eq(verdict->culprit_count, 1);
    ck_assert_str_eq(verdict->culprits[0]->call, "poll");
    ck_assert_double_eq(verdict->culprits[0]->serialized_s, 2); /* of the 3 s of the whole run */
    ck_assert_ptr_null(verdicts_find(&verdicts, RULE_serialized_s));
    end();
}
END_TEST

START_TEST(what_is_allowed_is_taken_out_of_parts_too)
{
    struct mark_limits marks[] = {{.mark = "pay", .line = 2, .serialized_s = at(0)}};
    struct allowance allowance = {.call = "poll", .function = "wait", .reason = "known"};
    budget =
        (struct budget){.marks = marks, .mark_count = 1, .allowed = &allowance, .allowed_count = 1};
    judge(marked_run());
    expect_of("pay", RULE_serialized_s, OUTCOME_WITHIN, 0);
    ck_assert_int_eq(verdicts.outcome, OUTCOME_WITHIN);
    end();
}
END_TEST

/* It may be misspelt. */
START_TEST(a_mark_that_the_run_does_not_have_never_passes)
{
    struct mark_limits marks[] = {{.mark = "pay", .line = 2, .wall_s = at(10)},
                                  {.mark = "paid", .line = 4, .wall_s = at(10)}};
    budget = (struct budget){.marks = marks, .mark_count = 2};
    judge(_i ? marked_run() : stalled_run());
    ck_assert_int_eq(verdicts.outcome, OUTCOME_UNMEASURABLE);
    expect_of("paid", RULE_MISSING_MARKS, OUTCOME_UNMEASURABLE, 1);
    ck_assert(verdict_is_reason(found_of(RULE_MISSING_MARKS, "paid")));
    if (_i)
        ck_assert(!verdict_is_reason(found_of(RULE_MARK_WALL, "pay")));
    end();
}
END_TEST

SUITE("tracer: check verdict", ONCE(a_run_within_its_budget_passes),
      ONCE(each_rule_names_the_calls_behind_it), ONCE(what_the_report_excuses_is_in_no_sum),
      EACH(a_limit_of_ones_own_counts_all_that_was_computed, 3), ONCE(one_exceeded_rule_is_enough),
      ONCE(without_a_budget_hardly_anything_may_be_serialized),
      ONCE(allowed_calls_are_taken_out_of_the_sums), ONCE(all_may_be_allowed),
      EACH(a_run_that_was_not_seen_never_passes, 4), ONCE(a_damaged_trace_is_not_measurable),
      ONCE(the_coverage_asked_for_may_be_less), EACH(a_baseline_has_a_tolerance_and_a_floor, 5),
      ONCE(little_of_nothing_is_noise), ONCE(a_longer_run_is_blamed_on_the_calls_that_changed),
      ONCE(a_call_that_became_worse_is_found),
      ONCE(what_is_allowed_is_taken_out_of_the_baseline_too), ONCE(each_part_is_judged_by_itself),
      ONCE(what_is_allowed_is_taken_out_of_parts_too),
      EACH(a_mark_that_the_run_does_not_have_never_passes, 2))
