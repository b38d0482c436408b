/*
 * timers.h: thousands of pending times, the earliest first. A binary heap of timers which their
 * users own; setting, moving and cancelling one never allocates.
 */
#ifndef DELAY_SERVER_TIMERS_H
#define DELAY_SERVER_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed, it is not set. */
struct timer {
    int64_t due;  /* ns, as clock_now() has it */
    size_t place; /* in the heap, counted from 1; 0 when not set */
};

struct timers {
    struct timer **heap;
    size_t count;
    size_t capacity;
};

/* Makes room for `count` timers in all. Returns false, and changes nothing, without memory. */
bool timers_reserve(struct timers *timers, size_t count);

/* Sets a timer, or moves one that is set. There must be room. */
void timers_set(struct timers *timers, struct timer *timer, int64_t due);

/* Does nothing when the timer is not set. */
void timers_cancel(struct timers *timers, struct timer *timer);

/* Takes out the earliest timer if it is due at `now`, else returns NULL. */
struct timer *timers_pop(struct timers *timers, int64_t now);

/* Milliseconds until the earliest timer, as epoll_wait takes them: -1 when none is set. */
int timers_wait_ms(const struct timers *timers);

/* Frees the heap, not the timers. */
void timers_finish(struct timers *timers);

#endif
