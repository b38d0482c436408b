/*
 * lock.h: taking a lock that could not be had at once.
 *
 * A lock that is free costs its hook nothing but the try: only when that says EBUSY the call is
 * entered, logged, and parked or really made. Whoever has the lock may be a parked task of this
 * thread, or of another one that waits for what a task of this thread has: so whoever it is, the
 * thread is left to others.
 *
 * Lock and unlock of a mutex took 7.2 ns alone, 8 preloaded, 12 with tasks and 14 with a trace. A
 * mutex that knows no owner is tried before anything else is asked, which saved 5 ns. Who lets a
 * lock go looks at one word, the number of calls that wait for locks of the same hash value.
 *
 * A contended call is recorded from its failed try on, so a deadlock shows as a call in progress.
 * Its end has the thread that had the lock when the call began (mutex and rwlock; libc writes it
 * there) and the last one that let it go. Every wait for a condition counts as contended. With a
 * lock of the program's in hand the loader is not asked for new modules, and no symbol is looked
 * up: a thread in dlopen may be waiting for that lock.
 */
#ifndef CALL_LOCK_H
#define CALL_LOCK_H

#include "call/call.h"

#include <stdbool.h>
#include <time.h>

enum lock_parking {
    LOCK_PARK,
    LOCK_NEVER_PARK, /* libc must know who waits */
};

struct lock_request {
    enum call_id id;
    void *lock;
    void *mutex;            /* of a condition */
    int (*try)(void *lock); /* 0; EBUSY: not now; or another errno value */
    int (*really)(const struct lock_request *request); /* waits in libc */
    clockid_t clock;                                   /* of `until` */
    const struct timespec *until;                      /* NULL: no limit */
    enum interruption interruption;
    uint64_t pause; /* ns until the first look without being woken */
    enum lock_parking parking;
};

/* Takes the lock, however long that lasts. Returns 0 or an errno value. */
int lock_take(struct call *call, const struct lock_request *request);

/* The same in libc. */
int lock_take_really(struct call *call, const struct lock_request *request);

/* Leaves a call of a function that returns an errno value. Returns it. */
int lock_leave(struct call *call, int error);

/* Whether a call may park here and now. */
bool lock_may_park(const struct call *call, enum lock_parking parking);

/* Whether a time limit is one that libc would accept. */
bool lock_limit_is_valid(clockid_t clock, const struct timespec *until);

/* The time limit by our clock, CLOCK_NEVER when there is none. The other clock may be set
 * meanwhile, so it is asked for before each wait. */
uint64_t lock_deadline(clockid_t clock, const struct timespec *until);

#endif
