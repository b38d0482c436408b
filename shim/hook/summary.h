/*
 * summary.h: what became of tasks and greenlets, in one line at exit.
 */
#ifndef HOOK_SUMMARY_H
#define HOOK_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

struct summary {
    uint32_t tasks;          /* started */
    uint32_t dropped;        /* of them unfinished */
    uint64_t parks;          /* waits made cooperative */
    uint32_t most;           /* tasks parked at the same time, in the thread that had most */
    uint64_t parked;         /* ns in all, of tasks and greenlets */
    uint64_t greenlet_waits; /* made cooperative */
};

/* Whether anybody would see it: standard error is a terminal, and GREQ_QUIET does not say
 * otherwise. */
bool summary_is_wanted(void);

/* Adds up all threads. */
void summary_take(struct summary *summary);

/* Prints it on standard error if it is wanted and tasks or greenlets waited. */
void summary_print(const struct summary *summary);

#endif
