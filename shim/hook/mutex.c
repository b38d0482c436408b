/*
 * pthread_mutex_lock, pthread_mutex_timedlock, pthread_mutex_clocklock, pthread_mutex_trylock,
 * pthread_mutex_unlock; mtx_lock, mtx_timedlock, mtx_trylock, mtx_unlock.
 */
#include "call/mutex.h"
#include "call/c11.h"
#include "call/forking.h"
#include "call/lock.h"

/* A handler of pthread_atfork wants it. If a parked task of this thread has it, the real call would
 * wait for ever. */
static __attribute__((noinline)) int lock_in_fork(const void *caller, pthread_mutex_t *mutex)
{
    if (!mutex_is_with_thread(mutex))
        return REAL(pthread_mutex_lock)(mutex);
    struct forking *forking = forking_suspend();
    int error = mutex_take(CALL_pthread_mutex_lock, caller, mutex, CLOCK_REALTIME, NULL);
    forking_resume(forking);
    return error;
}

static __attribute__((noinline)) int enter_lock(const void *caller, pthread_mutex_t *mutex)
{
    if (call_is_plain())
        return this_thread.forking ? lock_in_fork(caller, mutex) : REAL(pthread_mutex_lock)(mutex);
    int error = mutex_try(mutex);
    return error == EBUSY ? mutex_take(CALL_pthread_mutex_lock, caller, mutex, CLOCK_REALTIME, NULL)
                          : error;
}

/* Of a mutex that is free, and of which nobody asks who has it, nobody is told, whoever calls. */
EXPORT int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    __typeof__(&pthread_mutex_lock) real = call_real_at_once(CALL_pthread_mutex_lock);
    if (real)
        return real(mutex);
    __typeof__(&pthread_mutex_trylock) try = real_known(CALL_pthread_mutex_trylock);
    int error = try && mutex_asks_nobody(mutex) ? try(mutex) : EBUSY;
    return error == EBUSY ? enter_lock(CALLER, mutex) : error;
}

ENTRY(int, pthread_mutex_timedlock,
      (pthread_mutex_t *restrict mutex, const struct timespec *restrict until), (mutex, until))
{
    if (call_is_plain())
        return REAL(pthread_mutex_timedlock)(mutex, until);
    int error = mutex_try(mutex);
    return error == EBUSY
               ? mutex_take(CALL_pthread_mutex_timedlock, caller, mutex, CLOCK_REALTIME, until)
               : error;
}

ENTRY(int, pthread_mutex_clocklock,
      (pthread_mutex_t *restrict mutex, clockid_t clock, const struct timespec *restrict until),
      (mutex, clock, until))
{
    if (call_is_plain() || !lock_limit_is_valid(clock, until))
        return REAL(pthread_mutex_clocklock)(mutex, clock, until);
    int error = mutex_try(mutex);
    return error == EBUSY ? mutex_take(CALL_pthread_mutex_clocklock, caller, mutex, clock, until)
                          : error;
}

/* It waits for nothing, and is hooked because whoever gets a lock by it is its owner as well. */
ENTRY(int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))
{
    return call_is_plain() ? REAL(pthread_mutex_trylock)(mutex) : mutex_try(mutex);
}

EXPORT int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    __typeof__(&pthread_mutex_unlock) real = call_real_at_once(CALL_pthread_mutex_unlock);
    return real ? real(mutex) : mutex_release(mutex);
}

/* ---- <threads.h> ---- */

ENTRY(int, mtx_lock, (mtx_t * mtx), (mtx))
{
    pthread_mutex_t *mutex = (pthread_mutex_t *)mtx;
    if (call_is_plain())
        return REAL(mtx_lock)(mtx);
    int error = mutex_try(mutex);
    return c11_result(
        error == EBUSY ? mutex_take(CALL_mtx_lock, caller, mutex, CLOCK_REALTIME, NULL) : error);
}

ENTRY(int, mtx_timedlock, (mtx_t *restrict mtx, const struct timespec *restrict until),
      (mtx, until))
{
    pthread_mutex_t *mutex = (pthread_mutex_t *)mtx;
    if (call_is_plain())
        return REAL(mtx_timedlock)(mtx, until);
    int error = mutex_try(mutex);
    return c11_result(error == EBUSY
                          ? mutex_take(CALL_mtx_timedlock, caller, mutex, CLOCK_REALTIME, until)
                          : error);
}

ENTRY(int, mtx_trylock, (mtx_t * mtx), (mtx))
{
    return call_is_plain() ? REAL(mtx_trylock)(mtx) : c11_result(mutex_try((pthread_mutex_t *)mtx));
}

ENTRY(int, mtx_unlock, (mtx_t * mtx), (mtx))
{
    return mode_now() == 0 ? REAL(mtx_unlock)(mtx)
                           : c11_result(mutex_release((pthread_mutex_t *)mtx));
}
