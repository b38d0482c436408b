/*
 * verdict.c: from a run, a budget and a baseline to a list of verdicts.
 *
 *     allowances          calls that the budget lets do what they do
 *     measures            what a run comes to without these
 *     culprits            the calls that a broken limit is due to, worst first
 *     verdicts            one for each limit, and what speaks against the run as a whole
 *     parts               the same for those that the program has named
 *     the baseline        what is worse than in the run before
 */
#include "check/verdict.h"

#include "base/memory.h"
#include "base/round.h"
#include "check/call_site.h"

#include <fnmatch.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[] = {"within", "over budget", "not measurable"};
    return names[outcome];
}

/* --- allowances --- */

static bool allows(const struct allowance *allowance, const struct call_site *site)
{
    return !fnmatch(allowance->call, site->call, FNM_NOESCAPE) &&
           call_site_passes_through(site, allowance->function);
}

/* The first entry that matches counts. */
static const struct allowance *find_allowance(const struct budget *budget,
                                              const struct call_site *site)
{
    for (size_t i = 0; i < budget->allowed_count; i++)
        if (allows(&budget->allowed[i], site))
            return &budget->allowed[i];
    return NULL;
}

static void apply_allowances(struct verdicts *verdicts)
{
    const struct summary *run = verdicts->run;
    const struct budget *budget = verdicts->budget;
    verdicts->allowed = memory_alloc(budget->allowed_count + 1, sizeof *verdicts->allowed);
    verdicts->allowance_of = memory_alloc(run->site_count + 1, sizeof *verdicts->allowance_of);
    for (size_t i = 0; i < budget->allowed_count; i++)
        verdicts->allowed[i].allowance = &budget->allowed[i];
    for (size_t i = 0; i < run->site_count; i++) {
        const struct allowance *allowance = find_allowance(budget, &run->sites[i]);
        verdicts->allowance_of[i] = allowance;
        if (!allowance)
            continue;
        struct allowed *allowed = &verdicts->allowed[allowance - budget->allowed];
        allowed->serialized_s += run->sites[i].serialized_s;
        allowed->site_count++;
    }
}

const struct allowance *verdicts_allowance(const struct verdicts *verdicts,
                                           const struct call_site *site)
{
    return verdicts->allowance_of[site - verdicts->run->sites];
}

/* --- measures --- */

/* Where the calls behind a rule are looked for: in the run, or in a part of it. */
struct calls {
    const struct call_site *items;
    size_t count;
};

static struct calls all_of(const struct summary *summary)
{
    return (struct calls){summary->sites, summary->site_count};
}

typedef double weight(const struct call_site *site);

#define LIMITED(name, ...)                                \
    static double by_##name(const struct call_site *site) \
    {                                                     \
        return site->name;                                \
    }
#include "check/limited.h"

static double by_longest(const struct call_site *site)
{
    return site->longest_s;
}

static double by_blocked(const struct call_site *site)
{
    return site->blocked_s;
}

/* Reports are written to twelve digits: what is left of equal sums may be a little of nothing. */
#define ROUNDING_S 1e-6

/* A sum without the part of the calls that are allowed. */
static double without_allowed(struct calls calls, const struct budget *budget, double sum,
                              weight *of)
{
    for (size_t i = 0; i < calls.count; i++)
        if (find_allowance(budget, &calls.items[i]))
            sum -= of(&calls.items[i]);
    return sum > ROUNDING_S ? sum : 0;
}

/* The longest call that is not allowed. */
static double longest_of(struct calls calls, const struct budget *budget)
{
    double longest = 0;
    for (size_t i = 0; i < calls.count; i++)
        if (calls.items[i].longest_s > longest && !find_allowance(budget, &calls.items[i]))
            longest = calls.items[i].longest_s;
    return longest;
}

static double serialized_s(const struct summary *summary, const struct budget *budget)
{
    return without_allowed(all_of(summary), budget, summary->serialized_s, by_serialized_s);
}

static double longest_s(const struct summary *summary, const struct budget *budget)
{
    return longest_of(all_of(summary), budget);
}

/* --- culprits --- */

static double greatest(const struct verdicts *verdicts, struct calls calls, weight *of)
{
    double found = 0;
    for (size_t i = 0; i < calls.count; i++)
        if (of(&calls.items[i]) > found && !find_allowance(verdicts->budget, &calls.items[i]))
            found = of(&calls.items[i]);
    return found;
}

static int heavier(const void *left, const void *right, void *data)
{
    const struct call_site *a = *(const struct call_site *const *)left;
    const struct call_site *b = *(const struct call_site *const *)right;
    weight *const *of = data;
    double x = (*of)(a), y = (*of)(b);
    return x != y ? (x < y) - (x > y) : (a > b) - (a < b);
}

/* Names the calls behind a rule that was exceeded: those of `least` or more, or the one that comes
 * nearest to it. */
static void blame_some(const struct verdicts *verdicts, struct verdict *verdict, struct calls calls,
                       weight *of, double least)
{
    double most = greatest(verdicts, calls, of);
    if (verdict->outcome == OUTCOME_WITHIN || most <= 0)
        return;
    if (least > most)
        least = most;
    verdict->culprits = memory_alloc(calls.count, sizeof *verdict->culprits);
    for (size_t i = 0; i < calls.count; i++) {
        const struct call_site *site = &calls.items[i];
        if (of(site) >= least && of(site) > 0 && !find_allowance(verdicts->budget, site))
            verdict->culprits[verdict->culprit_count++] = site;
    }
    qsort_r(verdict->culprits, verdict->culprit_count, sizeof *verdict->culprits, heavier, &of);
}

static void blame(const struct verdicts *verdicts, struct verdict *verdict, weight *of,
                  double least)
{
    blame_some(verdicts, verdict, all_of(verdicts->run), of, least);
}

/* --- verdicts --- */

static struct verdict *add(struct verdicts *verdicts, enum rule_number rule, double measured,
                           double limit, unsigned line)
{
    verdicts->items =
        memory_grow(verdicts->items, verdicts->count, &verdicts->capacity, sizeof *verdicts->items);
    struct verdict *verdict = &verdicts->items[verdicts->count++];
    bool over = rules[rule].at_least ? measured < limit : measured > limit;
    *verdict = (struct verdict){
        .rule = &rules[rule],
        .measured = measured,
        .limit = limit,
        .line = line,
        .outcome = over ? OUTCOME_OVER : OUTCOME_WITHIN,
    };
    return verdict;
}

static bool is_meant(const struct mark_limits *limits, const struct summary_part *part)
{
    return !strcmp(limits->mark, part->mark) || !fnmatch(limits->mark, part->mark, FNM_NOESCAPE);
}

static bool is_there(const struct summary *run, const struct mark_limits *limits)
{
    for (size_t i = 0; i < run->part_count; i++)
        if (is_meant(limits, &run->parts[i]))
            return true;
    return false;
}

static void judge_trust(struct verdicts *verdicts)
{
    const struct summary *run = verdicts->run;
    const struct limit *coverage = &verdicts->budget->min_coverage;
    add(verdicts, RULE_COVERAGE, run->coverage, coverage->value, coverage->line);
    add(verdicts, RULE_LOST, run->lost, 0, 0);
    add(verdicts, RULE_CUT, run->cut, 0, 0);
    add(verdicts, RULE_DAMAGED, run->damaged, 0, 0);
    for (size_t i = 0; i < verdicts->budget->mark_count; i++) {
        const struct mark_limits *limits = &verdicts->budget->marks[i];
        if (!is_there(run, limits))
            add(verdicts, RULE_MISSING_MARKS, 1, 0, limits->line)->mark = limits->mark;
    }
    verdicts->trust_count = verdicts->count;
    for (size_t i = 0; i < verdicts->count; i++)
        if (verdicts->items[i].outcome == OUTCOME_OVER)
            verdicts->outcome = verdicts->items[i].outcome = OUTCOME_UNMEASURABLE;
}

/* A figure that is told where nobody has said what is to be judged. */
static void note(struct verdicts *verdicts, enum rule_number rule, double measured)
{
    if (verdicts->budget->is_default)
        verdicts->unlimited[verdicts->unlimited_count++] =
            (struct unlimited){&rules[rule], measured};
}

static void judge_share(struct verdicts *verdicts)
{
    const struct limit *limit = &verdicts->budget->serialized_share;
    double sum = serialized_s(verdicts->run, verdicts->budget);
    double share = verdicts->run->wall_s > 0 ? sum / verdicts->run->wall_s : 0;
    if (limit->set)
        blame(verdicts, add(verdicts, RULE_SHARE, share, limit->value, limit->line),
              by_serialized_s, sum / 10);
    else
        note(verdicts, RULE_SHARE, share);
}

/* What calls hold up, of which a sum is limited. */
static const struct measure {
    enum rule_number rule;
    weight *of;
    size_t sum;   /* where it is in struct summary */
    size_t limit; /* and in struct budget */
} measures[] = {
#define LIMITED(name, ...) \
    {RULE_##name, by_##name, offsetof(struct summary, name), offsetof(struct budget, name)},
#include "check/limited.h"
};
enum { MEASURE_COUNT = sizeof measures / sizeof *measures };

static void judge_sum(struct verdicts *verdicts, const struct measure *measure)
{
    const struct limit *limit = (const void *)((const char *)verdicts->budget + measure->limit);
    const double *all = (const void *)((const char *)verdicts->run + measure->sum);
    double sum = without_allowed(all_of(verdicts->run), verdicts->budget, *all, measure->of);
    if (limit->set)
        blame(verdicts, add(verdicts, measure->rule, sum, limit->value, limit->line), measure->of,
              sum / 10);
}

static void judge_concurrency(struct verdicts *verdicts)
{
    const struct limit *limit = &verdicts->budget->min_concurrency;
    double measured = verdicts->run->effective_concurrency;
    if (limit->set)
        blame(verdicts, add(verdicts, RULE_CONCURRENCY, measured, limit->value, limit->line),
              by_blocked, HUGE_VAL);
    else
        note(verdicts, RULE_CONCURRENCY, measured);
}

static void judge_longest(struct verdicts *verdicts)
{
    const struct limit *limit = &verdicts->budget->longest_call_s;
    double measured = longest_s(verdicts->run, verdicts->budget);
    if (limit->set)
        blame(verdicts, add(verdicts, RULE_LONGEST, measured, limit->value, limit->line),
              by_longest, round_next(limit->value));
    else
        note(verdicts, RULE_LONGEST, measured);
}

static double by_shared(const struct call_site *site)
{
    return site->shared;
}

static void judge_shared(struct verdicts *verdicts)
{
    const struct limit *limit = &verdicts->budget->shared_connections;
    double count = without_allowed(all_of(verdicts->run), verdicts->budget,
                                   verdicts->run->shared_connections, by_shared);
    if (limit->set)
        blame(verdicts, add(verdicts, RULE_SHARED, count, limit->value, limit->line), by_shared, 1);
}

/* --- parts of the program --- */

/* A limit of a part, and what it is measured by. */
struct part_measure {
    enum rule_number rule;
    const struct limit *limit;
    double sum; /* or, of RULE_LONGEST, nothing */
    weight *of; /* what calls add to it; NULL: it is not made up of calls */
};

static void judge_limit(struct verdicts *verdicts, const struct summary_part *part,
                        const struct part_measure *measure)
{
    const struct calls calls = {part->calls, part->call_count};
    double sum = measure->sum, least = sum / 10;
    if (!measure->limit->set)
        return;
    if (measure->rule == RULE_LONGEST) {
        sum = longest_of(calls, verdicts->budget);
        least = round_next(measure->limit->value);
    } else if (measure->of) {
        sum = without_allowed(calls, verdicts->budget, sum, measure->of);
        least = sum / 10;
    }
    struct verdict *verdict =
        add(verdicts, measure->rule, sum, measure->limit->value, measure->limit->line);
    verdict->mark = part->mark;
    blame_some(verdicts, verdict, calls, measure->of ? measure->of : by_blocked, least);
}

static void judge_part(struct verdicts *verdicts, const struct mark_limits *limits,
                       const struct summary_part *part)
{
    const struct part_measure list[] = {
#define LIMITED(name, ...) {RULE_##name, &limits->name, part->name, by_##name},
#include "check/limited.h"
        {RULE_MARK_WALL, &limits->wall_s, part->wall_s, NULL},
        {RULE_LONGEST, &limits->longest_call_s, 0, by_longest},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        judge_limit(verdicts, part, &list[i]);
}

static void judge_parts(struct verdicts *verdicts)
{
    const struct budget *budget = verdicts->budget;
    const struct summary *run = verdicts->run;
    for (size_t i = 0; i < budget->mark_count; i++)
        for (size_t j = 0; j < run->part_count; j++)
            if (is_meant(&budget->marks[i], &run->parts[j]))
                judge_part(verdicts, &budget->marks[i], &run->parts[j]);
}

/* --- against the baseline --- */

typedef bool suspicion(const struct site_change *change, double tolerance);

static bool is_worse(const struct site_change *change, double tolerance)
{
    (void)tolerance;
    return change->change == CHANGE_WORSE || change->change == CHANGE_NEW;
}

static bool serializes_more(const struct site_change *change, double tolerance)
{
    double before = change->before ? change->before->serialized_s : 0;
    return change->after && change->after->serialized_s > compare_limit(before, tolerance);
}

/* Names the calls that changed, worst first. */
static size_t accuse(const struct verdicts *verdicts, const struct comparison *comparison,
                     suspicion *suspect, const struct call_site ***culprits)
{
    size_t count = 0;
    *culprits = memory_alloc(comparison->count + 1, sizeof **culprits);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct site_change *change = &comparison->sites[i];
        if (suspect(change, verdicts->budget->tolerance.value) &&
            !verdicts_allowance(verdicts, change->after))
            (*culprits)[count++] = change->after;
    }
    return count;
}

static void judge_baseline_wall(struct verdicts *verdicts, const struct comparison *comparison)
{
    const struct limit *tolerance = &verdicts->budget->tolerance;
    struct verdict *verdict =
        add(verdicts, RULE_BASELINE_WALL, verdicts->run->wall_s,
            compare_limit(verdicts->baseline->wall_s, tolerance->value), tolerance->line);
    if (verdict->outcome == OUTCOME_OVER)
        verdict->culprit_count = accuse(verdicts, comparison, is_worse, &verdict->culprits);
}

static void judge_baseline_sums(struct verdicts *verdicts)
{
    const struct summary *run = verdicts->run, *old = verdicts->baseline;
    const struct budget *budget = verdicts->budget;
    const struct limit *tolerance = &budget->tolerance;
    double sum = serialized_s(run, budget);
    double limit = compare_limit(serialized_s(old, budget), tolerance->value);
    blame(verdicts, add(verdicts, RULE_BASELINE_SERIALIZED, sum, limit, tolerance->line),
          by_serialized_s, sum / 10);
    limit = compare_limit(longest_s(old, budget), tolerance->value);
    blame(verdicts,
          add(verdicts, RULE_BASELINE_LONGEST, longest_s(run, budget), limit, tolerance->line),
          by_longest, round_next(limit));
}

static void judge_baseline_calls(struct verdicts *verdicts, const struct comparison *comparison)
{
    const struct call_site **culprits;
    size_t count = accuse(verdicts, comparison, serializes_more, &culprits);
    struct verdict *verdict =
        add(verdicts, RULE_BASELINE_CALLS, count, 0, verdicts->budget->tolerance.line);
    verdict->culprits = culprits;
    verdict->culprit_count = count;
}

static void judge_baseline(struct verdicts *verdicts)
{
    struct comparison comparison;
    comparison_make(&comparison, verdicts->baseline, verdicts->run,
                    verdicts->budget->tolerance.value);
    judge_baseline_wall(verdicts, &comparison);
    judge_baseline_sums(verdicts);
    judge_baseline_calls(verdicts, &comparison);
    comparison_finish(&comparison);
}

/* Of a run that was not seen well enough no rule is passed, and none is broken. */
static void settle(struct verdicts *verdicts)
{
    for (size_t i = verdicts->trust_count; i < verdicts->count; i++) {
        struct verdict *verdict = &verdicts->items[i];
        if (verdicts->outcome == OUTCOME_UNMEASURABLE)
            verdict->outcome = OUTCOME_UNMEASURABLE;
        else if (verdict->outcome == OUTCOME_OVER)
            verdicts->outcome = OUTCOME_OVER;
    }
}

void verdicts_make(struct verdicts *verdicts, const struct summary *run,
                   const struct budget *budget, const struct summary *baseline)
{
    *verdicts = (struct verdicts){
        .run = run,
        .budget = budget,
        .baseline = baseline,
    };
    apply_allowances(verdicts);
    judge_trust(verdicts);
    for (size_t i = 0; i < MEASURE_COUNT; i++)
        judge_sum(verdicts, &measures[i]);
    judge_share(verdicts);
    judge_concurrency(verdicts);
    judge_longest(verdicts);
    judge_shared(verdicts);
    judge_parts(verdicts);
    if (baseline)
        judge_baseline(verdicts);
    settle(verdicts);
}

const struct verdict *verdicts_find(const struct verdicts *verdicts, enum rule_number rule)
{
    for (size_t i = 0; i < verdicts->count; i++)
        if (verdicts->items[i].rule == &rules[rule] && !verdicts->items[i].mark)
            return &verdicts->items[i];
    return NULL;
}

bool verdict_is_reason(const struct verdict *verdict)
{
    return verdict->outcome == OUTCOME_OVER ||
           (verdict->outcome == OUTCOME_UNMEASURABLE && verdict->rule < &rules[TRUST_RULES]);
}

void verdicts_finish(struct verdicts *verdicts)
{
    for (size_t i = 0; i < verdicts->count; i++)
        free(verdicts->items[i].culprits);
    free(verdicts->items);
    free(verdicts->allowed);
    free(verdicts->allowance_of);
    *verdicts = (struct verdicts){0};
}
