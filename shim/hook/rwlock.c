/*
 * pthread_rwlock_rdlock, pthread_rwlock_wrlock, their timed forms, pthread_rwlock_trywrlock,
 * pthread_rwlock_unlock.
 */
#include "call/lock.h"
#include "call/lock_owner.h"
#include "call/lock_wait.h"
#include "config/config.h"

#include <pthread.h>
#include <unistd.h>

static int writer_of(const pthread_rwlock_t *lock)
{
    return __atomic_load_n(&lock->__data.__cur_writer, __ATOMIC_RELAXED);
}

static int try_to_read(void *lock)
{
    return pthread_rwlock_tryrdlock(lock);
}

/* libc tells a thread that it would wait for itself, and takes all its tasks for one. */
static int try_to_write(void *lock)
{
    int error = REAL(pthread_rwlock_trywrlock)(lock);
    if (!error && config.cooperative)
        lock_owner_add(lock, false);
    return error;
}

static enum lock_parking parking_of(const pthread_rwlock_t *lock)
{
    if (writer_of(lock) != gettid())
        return LOCK_PARK;
    return lock_owner_of(lock) == LOCK_OWNER_OTHER ? LOCK_PARK : LOCK_NEVER_PARK;
}

static inline int read_in_libc(enum call_id id, pthread_rwlock_t *lock, clockid_t clock,
                               const struct timespec *until)
{
    if (!until)
        return REAL(pthread_rwlock_rdlock)(lock);
    return id == CALL_pthread_rwlock_timedrdlock
               ? REAL(pthread_rwlock_timedrdlock)(lock, until)
               : REAL(pthread_rwlock_clockrdlock)(lock, clock, until);
}

static inline int write_in_libc(enum call_id id, pthread_rwlock_t *lock, clockid_t clock,
                                const struct timespec *until)
{
    if (!until)
        return REAL(pthread_rwlock_wrlock)(lock);
    return id == CALL_pthread_rwlock_timedwrlock
               ? REAL(pthread_rwlock_timedwrlock)(lock, until)
               : REAL(pthread_rwlock_clockwrlock)(lock, clock, until);
}

static int really_read(const struct lock_request *request)
{
    return read_in_libc(request->id, request->lock, request->clock, request->until);
}

static int really_write(const struct lock_request *request)
{
    int error = write_in_libc(request->id, request->lock, request->clock, request->until);
    if (!error && config.cooperative)
        lock_owner_add(request->lock, false);
    return error;
}

/* The first try said EBUSY. */
static __attribute__((noinline)) int lock_taken(enum call_id id, const void *caller,
                                                pthread_rwlock_t *lock, clockid_t clock,
                                                const struct timespec *until, bool writes)
{
    struct call call = {
        .log = {.id = id, .fd = -1, .caller = caller, .lock = lock, .holder = writer_of(lock)}};
    struct lock_request request = {.id = id,
                                   .lock = lock,
                                   .try = writes ? try_to_write : try_to_read,
                                   .really = writes ? really_write : really_read,
                                   .clock = clock,
                                   .until = until,
                                   .interruption = INTERRUPT_NEVER,
                                   .pause = lock->__data.__shared ? LOCK_PAUSE_SHORT : LOCK_PAUSE,
                                   .parking = parking_of(lock)};
    call_enter(&call);
    return lock_leave(&call, lock_take(&call, &request));
}

/* ---- the hooks ---- */

static inline int hook_rdlock(enum call_id id, const void *caller, pthread_rwlock_t *lock,
                              clockid_t clock, const struct timespec *until)
{
    if (call_is_plain() || !lock_limit_is_valid(clock, until))
        return read_in_libc(id, lock, clock, until);
    int error = try_to_read(lock);
    return error == EBUSY ? lock_taken(id, caller, lock, clock, until, false) : error;
}

static inline int hook_wrlock(enum call_id id, const void *caller, pthread_rwlock_t *lock,
                              clockid_t clock, const struct timespec *until)
{
    if (call_is_plain() || !lock_limit_is_valid(clock, until))
        return write_in_libc(id, lock, clock, until);
    int error = try_to_write(lock);
    return error == EBUSY ? lock_taken(id, caller, lock, clock, until, true) : error;
}

ENTRY(int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
{
    return hook_rdlock(CALL_pthread_rwlock_rdlock, caller, lock, CLOCK_REALTIME, NULL);
}

ENTRY(int, pthread_rwlock_timedrdlock,
      (pthread_rwlock_t *restrict lock, const struct timespec *restrict until), (lock, until))
{
    return hook_rdlock(CALL_pthread_rwlock_timedrdlock, caller, lock, CLOCK_REALTIME, until);
}

ENTRY(int, pthread_rwlock_clockrdlock,
      (pthread_rwlock_t *restrict lock, clockid_t clock, const struct timespec *restrict until),
      (lock, clock, until))
{
    return hook_rdlock(CALL_pthread_rwlock_clockrdlock, caller, lock, clock, until);
}

ENTRY(int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
{
    return hook_wrlock(CALL_pthread_rwlock_wrlock, caller, lock, CLOCK_REALTIME, NULL);
}

ENTRY(int, pthread_rwlock_timedwrlock,
      (pthread_rwlock_t *restrict lock, const struct timespec *restrict until), (lock, until))
{
    return hook_wrlock(CALL_pthread_rwlock_timedwrlock, caller, lock, CLOCK_REALTIME, until);
}

ENTRY(int, pthread_rwlock_clockwrlock,
      (pthread_rwlock_t *restrict lock, clockid_t clock, const struct timespec *restrict until),
      (lock, clock, until))
{
    return hook_wrlock(CALL_pthread_rwlock_clockwrlock, caller, lock, clock, until);
}

/* It waits for nothing, and is hooked because whoever gets a lock by it is its owner as well. */
ENTRY(int, pthread_rwlock_trywrlock, (pthread_rwlock_t * lock), (lock))
{
    return call_is_plain() ? REAL(pthread_rwlock_trywrlock)(lock) : try_to_write(lock);
}

ENTRY(int, pthread_rwlock_unlock, (pthread_rwlock_t * lock), (lock))
{
    if (mode_now() == 0)
        return REAL(pthread_rwlock_unlock)(lock);
    if (lock_is_awaited(lock))
        lock_note_waker(lock);
    lock_owner_remove(lock);
    int error = REAL(pthread_rwlock_unlock)(lock);
    if (lock_is_awaited(lock))
        lock_wake(lock, true);
    return error;
}
