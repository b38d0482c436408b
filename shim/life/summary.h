/*
 * summary.h: what became of tasks and coroutines, in one line at exit.
 */
#ifndef LIFE_SUMMARY_H
#define LIFE_SUMMARY_H

#include "task/task.h"

#include <stdbool.h>
#include <stdint.h>

struct summary {
    struct task_totals tasks;
    uint64_t parked; /* ns in all, of tasks and coroutines */
};

/* Whether anybody would see it: standard error is a terminal, and GREQ_QUIET does not say
 * otherwise. */
bool summary_is_wanted(void);

/* Adds up all threads. */
void summary_take(struct summary *summary);

/* Prints it on standard error if it is wanted and somebody waited. */
void summary_print(const struct summary *summary);

#endif
