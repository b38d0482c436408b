/*
 * balance.h: where the time of a running process's threads went in the last seconds, by what the
 * kernel counts: on a processor, ready and waiting for one, and asleep.
 */
#ifndef LIVE_BALANCE_H
#define LIVE_BALANCE_H

#include "base/map.h"
#include "live/thread.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { BALANCE_LOOKS = 11 };

/* Sums since the first look; seconds of threads. */
struct balance_sums {
    double at; /* when; of the clock's time, not of threads */
    double all, computed, queued;
};

/* All zeros: none was looked at. */
struct live_balance {
    struct map threads; /* what each had used at the last look */
    struct balance_sums sums;
    struct balance_sums looks[BALANCE_LOOKS]; /* look n at n % BALANCE_LOOKS */
    size_t count;
};

/* Looks at the threads, at a time in seconds. */
void live_balance_look(struct live_balance *balance, pid_t process,
                       const struct live_threads *threads, double at);

/* Between the oldest look that is kept and the last one; all zeros: there was but one. `at` is how
 * long that is. */
struct balance_sums live_balance_last(const struct live_balance *balance);

void live_balance_finish(struct live_balance *balance);

#endif
