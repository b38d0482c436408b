/*
 * concurrency.h: how many requests were in flight at once. Keeps sums, no history.
 */
#ifndef MODEL_CONCURRENCY_H
#define MODEL_CONCURRENCY_H

#include <stdint.h>

/* All zeros: nothing has been in flight yet. */
struct concurrency {
    uint64_t in_flight; /* now */
    uint64_t peak;
    uint64_t since; /* ns; `in_flight` holds since then */
    double area;    /* request-nanoseconds in flight */
    double busy;    /* ns in which at least one was in flight */
};

/* `change` (1 or -1) more requests are in flight from `time` on. Times must not go back. */
void concurrency_change(struct concurrency *concurrency, int change, uint64_t time);

/* The mean number in flight while there was any, or 0. */
double concurrency_mean(const struct concurrency *concurrency);

#endif
