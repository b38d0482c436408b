/*
 * lock_wait.h: who waits for which lock: a mutex, a condition, a read-write lock, a semaphore.
 *
 * A lock's own memory is libc's business. A call that has to wait is registered here by the lock's
 * address; whoever lets a lock go looks here for a parked call to wake. The table is of fixed size
 * and takes no lock: sem_post may be called by a signal handler, and a thread may be cancelled, or
 * leave by siglongjmp, anywhere.
 *
 * Nothing relies on being woken: a lock may be let go by code that no hook sees. Who waits tries
 * again from time to time.
 */
#ifndef CALL_LOCK_WAIT_H
#define CALL_LOCK_WAIT_H

#include "call/call.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct lock_waiter;

/* How many calls wait for locks of the same hash value. */
#define LOCK_BUCKETS 4096
extern uint32_t lock_waiting[LOCK_BUCKETS];

static inline unsigned lock_bucket(const void *lock)
{
    return (unsigned)((uint64_t)(uintptr_t)lock * UINT64_C(0x9e3779b97f4a7c15) >> 52);
}

/* Whether a call may be waiting for the lock. Asked after it was let go. */
static inline bool lock_is_awaited(const void *lock)
{
    /* On x86-64 letting a lock go is a full barrier already. */
#ifndef __x86_64__
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
    return __builtin_expect(
        __atomic_load_n(&lock_waiting[lock_bucket(lock)], __ATOMIC_RELAXED) != 0, 0);
}

/* ---- letting go ---- */

/* Before: the calling thread is the one that lets those go on who wait for the lock. */
void lock_note_waker(const void *lock);

/* After: wakes one parked call, or all. From any thread and from signal handlers; leaves errno
 * alone. */
void lock_wake(const void *lock, bool all);

/* ---- waiting ---- */

/* Registers a call that is going to park. NULL when there is no room: it can still look again from
 * time to time. */
struct lock_waiter *lock_wait_begin(const struct call *call, const void *lock);

/* From here on a wake counts. Then the lock is tried, and then the call parks. */
void lock_wait_arm(struct lock_waiter *waiter);

/* Whether it has been woken since. */
bool lock_wait_is_told(const struct lock_waiter *waiter);

/*
 * Parks until it is woken, or `deadline`, and at most for `*pause` ns, which grows. Returns what
 * call_wait does; WAKE_RETRY and WAKE_TIMED_OUT say nothing about the lock.
 */
enum wake lock_wait_park(struct call *call, struct lock_waiter *waiter, uint64_t deadline,
                         uint64_t *pause, enum interruption interruption);

/* The same without parking: the thread sleeps. */
void lock_wait_block(const struct lock_waiter *waiter, uint64_t deadline);

/* It waits no more. A wake that it has no use for is passed on to the next, unless `taken`. Returns
 * the waker's thread id, or 0. NULL is ignored. */
int lock_wait_end(struct lock_waiter *waiter, bool taken);

/* Registers a call that waits in libc, to learn who lets it go on: lock_observe_end returns that
 * thread's id, or 0. A call that never comes back, since its thread was cancelled or has left it by
 * siglongjmp, is taken out by the next one, or at the thread's end by another lock_observe_end. */
void lock_observe_begin(const struct call *call);
int lock_observe_end(void);

/* The first pause where a hook will see the lock be let go, and where it may not. */
#define LOCK_PAUSE       (UINT64_C(10) * 1000 * 1000)
#define LOCK_PAUSE_SHORT (UINT64_C(1) * 1000 * 1000)

/* In a forked child: only the calling thread's calls still wait. */
void lock_wait_after_fork(void);

#endif
