/*
 * runner.h: many requests: one after another, as tasks, or as threads.
 */
#ifndef LEGACY_FETCHER_RUNNER_H
#define LEGACY_FETCHER_RUNNER_H

#include <stddef.h>

#include "fetch.h"

/*
 * Each runs all requests and calls `report` for each of them, in order: serially as soon as it is
 * done, otherwise when all are. `limit`: how many may be under way at once; 0: all.
 */
typedef void runner_report(const struct fetch *fetch, void *context);

struct runner {
    struct fetch *fetches; /* borrowed */
    size_t count;
    size_t limit;
    runner_report *report;
    void *context;
};

void runner_run_serial(const struct runner *runner);

/* With greq_map(): overlapped when libgreq.so is preloaded, otherwise one after another. */
void runner_run_tasks(const struct runner *runner);

/* One thread a request. */
void runner_run_threads(const struct runner *runner);

#endif
