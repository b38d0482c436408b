/*
 * schedule.h: which time of a processor is free. Work is put where there is room, from some time
 * on, in as many pieces as it takes.
 */
#ifndef ACCOUNT_SCHEDULE_H
#define ACCOUNT_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

struct gap {
    uint64_t begin;
    uint64_t end;
};

/* So many gaps are kept; the oldest are forgotten, as if something were in them. */
enum { SCHEDULE_GAPS_MAX = 512 };

/* All zeros: all time is free. */
struct schedule {
    struct gap *gaps; /* in order of time */
    size_t count;
    size_t capacity;
    size_t latest; /* where the search for a gap ended last */
    uint64_t end;  /* from here on everything is free */
};

/* Puts `work` ns at `release` or later. Returns when that is done. */
uint64_t schedule_take(struct schedule *schedule, uint64_t release, uint64_t work);

void schedule_finish(struct schedule *schedule);

#endif
