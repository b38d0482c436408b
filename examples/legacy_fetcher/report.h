/*
 * report.h: what the user sees of the requests: a line for each on standard output, a line for each
 * failure on standard error, and a summary.
 */
#ifndef LEGACY_FETCHER_REPORT_H
#define LEGACY_FETCHER_REPORT_H

#include "fetch.h"

struct report {
    bool quiet;    /* no line for each request */
    bool times;    /* without them the same requests give the same text */
    int64_t begin; /* ns of clock_now() */
    size_t ok;
    size_t failed;
};

/* The next request; a runner_report. */
void report_fetch(const struct fetch *fetch, void *report);

/* The summary. False with errno when standard output could not be written. */
bool report_finish(const struct report *report);

#endif
