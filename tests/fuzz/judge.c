/*
 * judge.c: see judge.h.
 */
#include "judge.h"

#include "check/difference.h"
#include "check/judged.h"
#include "fuzz.h"

static const struct style style = {.colour = true, .utf8 = true, .width = 80};

static void tell(const struct verdicts *verdicts)
{
    const struct judged judged = {verdicts, "0", "/source", "program --option", 1};
    judged_text(&judged, &style, fuzz_nowhere());
    judged_junit(&judged, fuzz_nowhere());
    judged_sarif(&judged, fuzz_nowhere());
    judged_annotations(&judged, fuzz_nowhere());
}

static void compare(const struct summary *run, const struct summary *baseline)
{
    struct comparison comparison;
    comparison_make(&comparison, baseline, run, BUDGET_DEFAULT_TOLERANCE);
    const struct difference difference = {baseline, run, &comparison, BUDGET_DEFAULT_TOLERANCE,
                                          "/source"};
    difference_text(&difference, &style, fuzz_nowhere());
    difference_json(&difference, &style, fuzz_nowhere());
    comparison_finish(&comparison);
}

void judge_run(const struct summary *run, const struct summary *baseline)
{
    struct budget budget = {0};
    struct verdicts verdicts;
    budget_complete(&budget);
    verdicts_make(&verdicts, run, &budget, baseline);
    tell(&verdicts);
    verdicts_finish(&verdicts);
    budget_finish(&budget);
    compare(run, baseline);
}
