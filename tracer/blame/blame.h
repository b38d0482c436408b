/*
 * blame.h: the judgement on a run: the figures of a report, drawn from the model. Prints nothing
 * and reads nothing but the model.
 */
#ifndef BLAME_BLAME_H
#define BLAME_BLAME_H

#include "model/model.h"

/* What is wrong with a run, or right, as bits. */
enum pattern {
    PATTERN_STALL = 1,
    PATTERN_SERIAL = 2,
    PATTERN_CONVOY = 4,
    PATTERN_POOL = 8,
    PATTERN_PARTIAL = 16, /* a call that was not cooperative blocked a thread that had tasks */
    PATTERN_OVERLAPPED = 32,
};

/* The name of each bit, from the lowest on. */
extern const char *const pattern_names[];
enum { PATTERN_COUNT = 6 };

struct blamed_call {
    const struct call_group *group;
    double serialized_s;
    double waiting_conn_s;
};

/* The keys of the JSON report. Seconds; shares are fractions. */
struct blame {
    double wall_s;
    double serialized_s;
    double waiting_conn_s;
    double effective_concurrency;
    uint64_t peak_in_flight;
    double what_if_s;
    double coverage; /* of the time off the CPU, the part that was seen; 1 when there was none */
    bool coverage_unknown; /* a process ran on unrecorded, nobody knows for how long: it is 0 */
    uint64_t events;
    uint64_t lost;
    uint64_t cut;              /* processes whose recording ended before they did */
    unsigned patterns;         /* enum pattern */
    struct blamed_call *calls; /* worst first */
    size_t call_count;
};

/* Judges a symbolised model, which must outlive the blame. The caller releases it with
 * blame_finish. */
void blame_compute(struct blame *blame, const struct model *model);

void blame_finish(struct blame *blame);

#endif
