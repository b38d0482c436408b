/*
 * pthread_join, pthread_timedjoin_np, pthread_clockjoin_np: only logged.
 */
#include "call/call.h"

#include <pthread.h>

static int leave(struct call *call, int error)
{
    call_leave_with(call, error, error);
    return error;
}

EXPORT int pthread_join(pthread_t thread, void **result)
{
    if (call_is_plain())
        return REAL(pthread_join)(thread, result);
    struct call call = {.log = {.id = CALL_pthread_join, .fd = -1, .caller = CALLER}};
    call_enter(&call);
    return leave(&call, REAL(pthread_join)(thread, result));
}

EXPORT int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *until)
{
    if (call_is_plain())
        return REAL(pthread_timedjoin_np)(thread, result, until);
    struct call call = {.log = {.id = CALL_pthread_timedjoin_np, .fd = -1, .caller = CALLER}};
    call_enter(&call);
    return leave(&call, REAL(pthread_timedjoin_np)(thread, result, until));
}

EXPORT int pthread_clockjoin_np(pthread_t thread, void **result, clockid_t clock,
                                const struct timespec *until)
{
    if (call_is_plain())
        return REAL(pthread_clockjoin_np)(thread, result, clock, until);
    struct call call = {.log = {.id = CALL_pthread_clockjoin_np, .fd = -1, .caller = CALLER}};
    call_enter(&call);
    return leave(&call, REAL(pthread_clockjoin_np)(thread, result, clock, until));
}
