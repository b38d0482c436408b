/*
 * pthread_spin_lock, pthread_spin_unlock.
 *
 * A spin lock is meant to be held for no time. Where a task has waited with one in hand, another
 * task of its thread would spin for ever: so who has spun long enough parks.
 *
 * Long enough is a millisecond. Locks that are a futex of somebody's own (glib, Rust, Go) cannot be
 * parked for, since nothing tells a lock from a wait of an allocator.
 */
#include "call/lock.h"
#include "call/lock_wait.h"
#include "sys/clock.h"

#include <pthread.h>

/* Longer than a holder that runs takes, and about as long as one that was preempted. */
#define SPIN_LONGEST (1 * NS_PER_MS)

static int try_to_take(void *lock)
{
    return pthread_spin_trylock(lock);
}

static int really_take(const struct lock_request *request)
{
    return REAL(pthread_spin_lock)(request->lock);
}

/* Returns 0; EBUSY: it is held for longer. */
static int spin(pthread_spinlock_t *lock)
{
    uint64_t end = clock_kernel_now() + SPIN_LONGEST;
    int error;
    do {
        for (int i = 0; i < 100 && *lock; i++)
            continue;
        error = pthread_spin_trylock(lock);
    } while (error == EBUSY && clock_kernel_now() < end);
    return error;
}

static __attribute__((noinline)) int take_taken(const void *caller, pthread_spinlock_t *lock)
{
    struct call call = {
        .log = {.id = CALL_pthread_spin_lock, .fd = -1, .caller = caller, .lock = (void *)lock}};
    struct lock_request request = {.id = CALL_pthread_spin_lock,
                                   .lock = (void *)lock,
                                   .try = try_to_take,
                                   .really = really_take,
                                   .interruption = INTERRUPT_NEVER,
                                   .pause = LOCK_PAUSE};
    call_enter(&call);
    int error = call.host ? spin(lock) : EBUSY;
    return lock_leave(&call, error == EBUSY ? lock_take(&call, &request) : error);
}

ENTRY(int, pthread_spin_lock, (pthread_spinlock_t * lock), (lock))
{
    if (call_is_plain())
        return REAL(pthread_spin_lock)(lock);
    int error = pthread_spin_trylock(lock);
    return error == EBUSY ? take_taken(caller, lock) : error;
}

EXPORT int pthread_spin_unlock(pthread_spinlock_t *lock)
{
    if (mode_now() == 0)
        return REAL(pthread_spin_unlock)(lock);
    const void *address = (const void *)lock;
    if (lock_is_awaited(address))
        lock_note_waker(address);
    int error = REAL(pthread_spin_unlock)(lock);
    if (lock_is_awaited(address))
        lock_wake(address, false);
    return error;
}
