/*
 * json_report.h: JSON reports for tests of what is made of them, call by call.
 */
#ifndef TRACER_JSON_REPORT_H
#define TRACER_JSON_REPORT_H

#include "check/summary.h"

#include <jansson.h>

/* The figures of one call; those that are left out are 0. */
struct reported_call {
    const char *call;
    const char *stack; /* "function file:line", innermost first, separated by '|'; a file that is
                          "-" is none, and a function with a '!' before it is of a runtime */
    int count;
    double blocked_s;
    double longest_s;
    const char *excused; /* why what it serialized, computed and blocked loops for is; or NULL */
#define FIGURE(name, ...) double name; /* base/figures.def */
#include "base/figures.def"
#undef FIGURE
};

/* A report without calls of a run of 10 s that was seen as a whole. The caller releases it by
 * json_decref. */
json_t *json_report_make(void);

/* Sets a number of the report. */
void json_report_set(json_t *report, const char *key, double value);

/* Adds a call, and what it held up to the report's sums. */
void json_report_add(json_t *report, struct reported_call call);
#define REPORTED(report, ...) json_report_add(report, (struct reported_call){__VA_ARGS__})

/* Adds a part that the program has named, in which one call, by its number from 0, has serialized
 * so much and blocked as long. */
void json_report_mark(json_t *report, const char *name, double wall_s, int call,
                      double serialized_s);

/* Adds a finding about a call that was added, by its number from 0. */
void json_report_find(json_t *report, int call, const char *evidence, const char *remedy);

/* A summary of the report, which must be readable. Releases the report. */
void json_report_read(struct summary *summary, json_t *report);

/* Writes the report to a file, and releases it. */
void json_report_write(json_t *report, const char *path);

#endif
