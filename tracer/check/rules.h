/*
 * rules.h: what a run is judged by, as far as it is the same for every run: names and texts.
 */
#ifndef CHECK_RULES_H
#define CHECK_RULES_H

#include <stdbool.h>

/* In the order in which they are applied and printed: first, up to TRUST_RULES, whether the figures
 * can be trusted. */
enum rule_number {
    RULE_COVERAGE,
    RULE_LOST,
    RULE_CUT,
    RULE_DAMAGED,
    RULE_MISSING_MARKS,
    TRUST_RULES,
    RULE_BEFORE_FIGURES = TRUST_RULES - 1, /* so that the next one is the first of them */
#define LIMITED(name, ...) RULE_##name,
#include "check/limited.h"
    RULE_SHARE,
    RULE_CONCURRENCY,
    RULE_LONGEST,
    RULE_SHARED,
    RULE_MARK_WALL,
    RULE_BASELINE_WALL,
    RULE_BASELINE_SERIALIZED,
    RULE_BASELINE_LONGEST,
    RULE_BASELINE_CALLS,
    RULE_COUNT,
};

enum unit { UNIT_SECONDS, UNIT_SHARE, UNIT_NUMBER };

struct rule {
    const char *name; /* as in the budget file, where it is there; stable, in all outputs */
    enum unit unit;
    bool at_least; /* the limit is a least value, not a greatest */
    const char *short_help;
    const char *help; /* what it means when it is exceeded, and what to do */
};

extern const struct rule rules[RULE_COUNT];

#endif
