/*
 * timers.h: deadlines of parked tasks, as a binary heap. Memory is reserved when a task is made, so
 * that parking cannot fail.
 */
#ifndef TASK_TIMERS_H
#define TASK_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Part of whatever has a deadline. */
struct timer {
    uint64_t deadline; /* ns of CLOCK_MONOTONIC */
    uint32_t place;    /* in the heap, counted from 1; 0: not in it */
};

struct timers {
    struct timer **heap; /* element i - 1 is place i */
    uint32_t count, capacity;
};

/* Makes room for `count` timers. Returns false when memory is short. */
bool timers_reserve(struct timers *timers, uint32_t count);
void timers_free(struct timers *timers);

void timers_add(struct timers *timers, struct timer *timer, uint64_t deadline);

void timers_take_out(struct timers *timers, struct timer *timer);

/* Does nothing when it is not in. */
static inline void timers_remove(struct timers *timers, struct timer *timer)
{
    if (timer->place)
        timers_take_out(timers, timer);
}

/* The earliest, or NULL. It stays in. */
static inline struct timer *timers_first(const struct timers *timers)
{
    return timers->count ? timers->heap[0] : NULL;
}

#endif
