/*
 * sem_wait, sem_timedwait, sem_clockwait, sem_post.
 */
#include "call/lock.h"
#include "call/lock_wait.h"

#include <pthread.h>
#include <semaphore.h>

static int try_to_take(void *semaphore)
{
    int saved_errno = errno;
    int error = sem_trywait(semaphore) == 0 ? 0 : errno;
    errno = saved_errno;
    return error == EAGAIN ? EBUSY : error;
}

static int wait_in_libc(enum call_id id, sem_t *semaphore, clockid_t clock,
                        const struct timespec *until)
{
    if (!until)
        return REAL(sem_wait)(semaphore);
    return id == CALL_sem_timedwait ? REAL(sem_timedwait)(semaphore, until)
                                    : REAL(sem_clockwait)(semaphore, clock, until);
}

static int really_take(const struct lock_request *request)
{
    return wait_in_libc(request->id, request->lock, request->clock, request->until) == 0 ? 0
                                                                                         : errno;
}

/* The first try said EBUSY. */
static __attribute__((noinline)) int take_taken(enum call_id id, const void *caller,
                                                sem_t *semaphore, clockid_t clock,
                                                const struct timespec *until)
{
    struct call call = {.log = {.id = id, .fd = -1, .caller = caller, .lock = semaphore}};
    struct lock_request request = {.id = id,
                                   .lock = semaphore,
                                   .try = try_to_take,
                                   .really = really_take,
                                   .clock = clock,
                                   .until = until,
                                   .interruption = INTERRUPT_NO_RESTART,
                                   .pause = LOCK_PAUSE_SHORT};
    call_enter(&call);
    int error = lock_take(&call, &request);
    if (error)
        errno = error;
    return (int)call_leave(&call, error ? -1 : 0);
}

/* ---- the hooks ---- */

static inline int hook_wait(enum call_id id, const void *caller, sem_t *semaphore, clockid_t clock,
                            const struct timespec *until)
{
    if (call_is_plain() || !lock_limit_is_valid(clock, until))
        return wait_in_libc(id, semaphore, clock, until);
    pthread_testcancel();
    int error = try_to_take(semaphore);
    if (error == EBUSY)
        return take_taken(id, caller, semaphore, clock, until);
    if (error)
        errno = error;
    return error ? -1 : 0;
}

WAIT_ENTRY(int, sem_wait, (sem_t * semaphore), (semaphore))
{
    return hook_wait(CALL_sem_wait, caller, semaphore, CLOCK_REALTIME, NULL);
}

WAIT_ENTRY(int, sem_timedwait, (sem_t *restrict semaphore, const struct timespec *restrict until),
           (semaphore, until))
{
    return hook_wait(CALL_sem_timedwait, caller, semaphore, CLOCK_REALTIME, until);
}

WAIT_ENTRY(int, sem_clockwait,
           (sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict until),
           (semaphore, clock, until))
{
    return hook_wait(CALL_sem_clockwait, caller, semaphore, clock, until);
}

/* From signal handlers as well. */
ENTRY(int, sem_post, (sem_t * semaphore), (semaphore))
{
    if (mode_now() == 0)
        return REAL(sem_post)(semaphore);
    if (lock_is_awaited(semaphore))
        lock_note_waker(semaphore);
    int result = REAL(sem_post)(semaphore);
    if (lock_is_awaited(semaphore))
        lock_wake(semaphore, false);
    return result;
}
