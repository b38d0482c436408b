/*
 * pthread_barrier_wait: only logged. Who comes last lets the others go on.
 */
#include "call/lock.h"
#include "call/lock_wait.h"

#include <pthread.h>

static int really_wait(const struct lock_request *request)
{
    return REAL(pthread_barrier_wait)(request->lock);
}

WAIT_ENTRY(int, pthread_barrier_wait, (pthread_barrier_t * barrier), (barrier))
{
    if (call_is_plain())
        return REAL(pthread_barrier_wait)(barrier);
    struct call call = {
        .log = {.id = CALL_pthread_barrier_wait, .fd = -1, .caller = caller, .lock = barrier}};
    struct lock_request request = {.lock = barrier, .really = really_wait};
    call_enter(&call);
    if (lock_is_awaited(barrier))
        lock_note_waker(barrier);
    int result = lock_take_really(&call, &request);
    call_leave_with(&call, result, 0);
    return result;
}
