/*
 * recording.h: whether this process is recorded, and in which log. trace.c changes it, when a
 * recording begins or ends; who writes records reads it.
 */
#ifndef LOG_RECORDING_H
#define LOG_RECORDING_H

#include "sys/fork_guard.h"

#include <stdbool.h>
#include <stdint.h>

struct recording {
    /* The number of the log. It counts the processes that this one descends from by fork, itself
     * included, and the recordings that were begun in mid-life: what belongs to another number is
     * another's, and is left alone. */
    uint32_t log;
    bool on;              /* atomic */
    bool is_late;         /* it began in the middle of the process's life */
    bool is_forked;       /* the process comes by fork from one that was recorded */
    uint32_t next_thread; /* the number of the next thread's stream; atomic */
};
extern struct recording recording __attribute__((visibility("hidden")));

/* A forked child that has not been noticed yet has none: what it finds is its parent's. */
static inline bool recording_is_on(void)
{
    return __atomic_load_n(&recording.on, __ATOMIC_RELAXED) && !fork_guard_is_tripped();
}

/* Whether what was begun in log number `log` may go on in it. A call may return in the child of a
 * fork that a signal handler has made in the middle of it. */
static inline bool recording_has(uint32_t log)
{
    return log == recording.log && !fork_guard_is_tripped();
}

#endif
