/*
 * budget.h: what a run may cost, from a budget file (INI):
 *
 *     [budget]
 *     serialized_s = 0.5
 *     min_coverage = 0.95
 *
 *     [allow]
 *     getaddrinfo@resolve_once = happens once, before the first request
 *
 *     [mark checkout]
 *     wall_s = 2
 *
 *     [baseline]
 *     file = baseline.json
 *     tolerance = 0.2
 *
 * Owns what it read; judges nothing.
 *
 * Without a budget 0.2 s may be serialized (and 0.2 s of an event loop blocked): nothing at all
 * would fail on noise, for 0.2 s is the floor below which two runs are not told apart either.
 * Limits that are given, or a baseline, replace this default, since they say what is to be judged.
 * It has no least concurrency: a program may well have one request to make, or none. So a serial
 * program keeps within it, and what is not limited is told beside the outcome.
 *
 * inih gives no line numbers, splits at a colon, which C++ names have, takes an indented line for
 * more of the value before, and cuts lines at 200 characters and names of sections at less. So it
 * reads through a reader of ours, which counts lines, hides colons before the '=', takes away
 * indentation, keeps marks to itself and refuses what is too long.
 */
#ifndef CHECK_BUDGET_H
#define CHECK_BUDGET_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Of each limited figure of base/figures.def. */
#define BUDGET_DEFAULT_S         0.2
#define BUDGET_DEFAULT_COVERAGE  0.95
#define BUDGET_DEFAULT_TOLERANCE 0.2

struct limit {
    bool set;
    double value;
    unsigned line; /* of the budget file; 0: it is a default */
};

/* Calls that may cost what they do. */
struct allowance {
    char *call;     /* the function that waits */
    char *function; /* one on its stack; a pattern as of fnmatch(3) */
    char *reason;
    unsigned line;
};

/* Of a part that the program has named. */
struct mark_limits {
    char *mark; /* its name, or a pattern as of fnmatch(3) */
    unsigned line;
#define LIMITED(name, ...) struct limit name; /* base/figures.def */
#include "check/limited.h"
    struct limit wall_s;
    struct limit longest_call_s;
};

struct budget {
    char *path;                               /* of the file, or NULL */
#define LIMITED(name, ...) struct limit name; /* base/figures.def */
#include "check/limited.h"
    struct limit serialized_share;
    struct limit min_concurrency;
    struct limit min_coverage;
    struct limit longest_call_s;
    struct limit shared_connections;
    struct allowance *allowed;
    size_t allowed_count;
    size_t allowed_capacity;
    struct mark_limits *marks;
    size_t mark_count;
    size_t mark_capacity;
    char *baseline; /* path of a JSON report, or NULL */
    struct limit tolerance;
    bool is_default; /* no limit and no baseline was given */
};

/*
 * Reads a budget file. Limits that it leaves out are not set; the path of a baseline is taken from
 * the file's own directory.
 *
 * Returns 0, and the caller releases `budget` with budget_finish; or -1 with `error` saying which
 * line has which fault and what would be right.
 */
int budget_load(struct budget *budget, const char *path, struct error *error);

/* Sets what was left out: the coverage, the tolerance and, if there is neither a limit nor a
 * baseline, the seconds that calls may hold up anything. */
void budget_complete(struct budget *budget);

void budget_finish(struct budget *budget);

#endif
