/*
 * pthread_mutex_lock, pthread_mutex_timedlock, pthread_mutex_clocklock, pthread_mutex_unlock.
 */
#include "call/mutex.h"
#include "call/lock.h"

EXPORT int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (call_is_plain())
        return REAL(pthread_mutex_lock)(mutex);
    int error = mutex_try(mutex);
    return error == EBUSY ? mutex_take(CALL_pthread_mutex_lock, CALLER, mutex, CLOCK_REALTIME, NULL)
                          : error;
}

EXPORT int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex,
                                   const struct timespec *restrict until)
{
    if (call_is_plain())
        return REAL(pthread_mutex_timedlock)(mutex, until);
    int error = mutex_try(mutex);
    return error == EBUSY
               ? mutex_take(CALL_pthread_mutex_timedlock, CALLER, mutex, CLOCK_REALTIME, until)
               : error;
}

EXPORT int pthread_mutex_clocklock(pthread_mutex_t *restrict mutex, clockid_t clock,
                                   const struct timespec *restrict until)
{
    if (call_is_plain() || !lock_limit_is_valid(clock, until))
        return REAL(pthread_mutex_clocklock)(mutex, clock, until);
    int error = mutex_try(mutex);
    return error == EBUSY ? mutex_take(CALL_pthread_mutex_clocklock, CALLER, mutex, clock, until)
                          : error;
}

EXPORT int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    return mode_now() == 0 ? REAL(pthread_mutex_unlock)(mutex) : mutex_release(mutex);
}
