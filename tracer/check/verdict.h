/*
 * verdict.h: a run judged by a budget and a baseline, rule by rule. Prints nothing.
 *
 * A run of which too much was not seen is not measurable, and then no rule is passed: what was
 * measured is given all the same.
 *
 * Three outcomes, and trust comes first. A run is not measurable if less than `min_coverage` of it
 * was seen, it lost records, its recording was cut short or its trace is damaged: to say passed or
 * broken would be a claim about what was not seen. A baseline that was not seen well enough is
 * refused for the same reason.
 *
 * Concurrency is not compared with a baseline: it has no floor in seconds, and what lost
 * concurrency costs is in `baseline_wall_s`, which a serial program with nothing serialized (S = 0)
 * shows too. An allowance matches any function on the stack, not only the innermost: the helper
 * that everybody waits in is too much to allow, and the caller that may wait is what one knows.
 *
 * A mark of the budget that the run does not have is not passed either: it may be misspelt.
 */
#ifndef CHECK_VERDICT_H
#define CHECK_VERDICT_H

#include "check/budget.h"
#include "check/compare.h"
#include "check/rules.h"
#include "check/summary.h"

enum outcome { OUTCOME_WITHIN, OUTCOME_OVER, OUTCOME_UNMEASURABLE };

/* One rule applied. */
struct verdict {
    const struct rule *rule;
    const char *mark; /* of the part that it is about; of RULE_MISSING_MARKS as in the budget; NULL:
                         of the whole run */
    double measured;
    double limit;
    unsigned line; /* of the budget file, where the limit stands; 0: nowhere */
    enum outcome outcome;
    const struct call_site **culprits; /* of an exceeded rule, worst first; may be empty */
    size_t culprit_count;
};

/* A figure of the run that the budget has no limit for. */
struct unlimited {
    const struct rule *rule;
    double measured;
};

enum { UNLIMITED_MAX = 3 };

/* What an allowance took out of the sums. */
struct allowed {
    const struct allowance *allowance;
    double serialized_s;
    size_t site_count; /* 0: it matched nothing */
};

/* Points into what it was made of, which must outlive it. */
struct verdicts {
    const struct summary *run;
    const struct budget *budget;
    const struct summary *baseline; /* or NULL */
    struct verdict *items;
    size_t count;
    size_t capacity;
    size_t trust_count;                        /* of them say whether the rest can be trusted */
    struct unlimited unlimited[UNLIMITED_MAX]; /* of a default budget: what people ask for next */
    size_t unlimited_count;
    struct allowed *allowed;               /* as in the budget */
    const struct allowance **allowance_of; /* by site of the run; NULL: not allowed */
    enum outcome outcome;                  /* of all */
};

/* Judges a run by a completed budget. `baseline` may be NULL. Released with verdicts_finish. */
void verdicts_make(struct verdicts *verdicts, const struct summary *run,
                   const struct budget *budget, const struct summary *baseline);

void verdicts_finish(struct verdicts *verdicts);

/* The allowance for a site of the run, or NULL. */
const struct allowance *verdicts_allowance(const struct verdicts *verdicts,
                                           const struct call_site *site);

/* The verdict on the whole run by a rule, or NULL when the rule was not applied. */
const struct verdict *verdicts_find(const struct verdicts *verdicts, enum rule_number rule);

/* Whether it is why the whole run is judged so: a rule that was exceeded, or one that says why
 * nothing can be measured. */
bool verdict_is_reason(const struct verdict *verdict);

/* "within", "over budget", "not measurable". */
const char *outcome_name(enum outcome outcome);

#endif
