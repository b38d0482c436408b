/*
 * pthread_cond_wait, pthread_cond_timedwait, pthread_cond_clockwait, pthread_cond_signal,
 * pthread_cond_broadcast; cnd_wait, cnd_timedwait, cnd_signal, cnd_broadcast.
 *
 * A parked call waits in lock_wait.h's table alone, and libc's condition does not know of it. It is
 * registered before the mutex is let go, so no signal is lost, and one that it is told of is its
 * own. From time to time it returns without one, which POSIX allows: the signal may come from
 * where no hook sees it.
 */
#include "call/c11.h"
#include "call/lock.h"
#include "call/lock_wait.h"
#include "call/mutex.h"
#include "sys/clock.h"

#include <pthread.h>

/* Bits of glibc's pthread_cond_t.__data.__wrefs. */
enum { PROCESS_SHARED = 1, CLOCK_IS_MONOTONIC = 2 };

static unsigned flags_of(const pthread_cond_t *cond)
{
    return __atomic_load_n(&cond->__data.__wrefs, __ATOMIC_RELAXED);
}

/* Of the time limit of pthread_cond_timedwait. */
static clockid_t clock_of(const pthread_cond_t *cond)
{
    return flags_of(cond) & CLOCK_IS_MONOTONIC ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

/* How long it waits at most for a signal, which another process may give. */
#define LONGEST_WAIT        (10 * NS_PER_SECOND)
#define LONGEST_WAIT_SHARED (10 * NS_PER_MS)

static uint64_t longest_wait(const pthread_cond_t *cond)
{
    return flags_of(cond) & PROCESS_SHARED ? LONGEST_WAIT_SHARED : LONGEST_WAIT;
}

/* Waits until it is told. Returns 0, also when nobody has told it, or ETIMEDOUT. */
static int await_signal(struct call *call, struct lock_waiter *waiter, uint64_t longest,
                        clockid_t clock, const struct timespec *until)
{
    uint64_t give_up = clock_after(longest);
    while (!lock_wait_is_told(waiter) && clock_now() < give_up) {
        uint64_t deadline = lock_deadline(clock, until), pause = longest;
        if (!deadline)
            return ETIMEDOUT;
        deadline = deadline < give_up ? deadline : give_up;
        enum wake wake = lock_wait_park(call, waiter, deadline, &pause, INTERRUPT_NEVER);
        if (wake != WAKE_NO_HOST)
            continue;
        /* The mutex has been let go, and libc's wait would miss a signal that was given since. Not
         * for long: a thread may be cancelled only when it has the mutex. */
        lock_wait_block(waiter, deadline);
        break;
    }
    return 0;
}

/* Returns as the real function does, or ENOTSUP: make the real call. */
static int coop_wait(struct call *call, pthread_cond_t *cond, pthread_mutex_t *mutex,
                     clockid_t clock, const struct timespec *until)
{
    pthread_testcancel();
    struct lock_waiter *waiter = lock_wait_begin(call, cond);
    if (!waiter)
        return ENOTSUP;
    lock_wait_arm(waiter);
    int error = mutex_release(mutex);
    if (error) {
        lock_wait_end(waiter, false);
        return error;
    }
    int end = await_signal(call, waiter, longest_wait(cond), clock, until);
    if (lock_wait_is_told(waiter))
        end = 0;
    call->log.waker = lock_wait_end(waiter, end == 0);
    error = mutex_retake(call, mutex);
    return error ? error : end;
}

/* libc lets the mutex go without us: who waits for it is told beforehand, and looks again soon. */
static int really_wait(const struct lock_request *request)
{
    pthread_cond_t *cond = request->lock;
    pthread_mutex_t *mutex = request->mutex;
    if (lock_is_awaited(mutex))
        lock_wake(mutex, false);
    if (!request->until)
        return REAL(pthread_cond_wait)(cond, mutex);
    return request->clock == clock_of(cond)
               ? REAL(pthread_cond_timedwait)(cond, mutex, request->until)
               : REAL(pthread_cond_clockwait)(cond, mutex, request->clock, request->until);
}

static inline int hook_wait(enum call_id id, const void *caller, pthread_cond_t *cond,
                            pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until)
{
    struct call call = {.log = {.id = id, .fd = -1, .caller = caller, .lock = cond}};
    struct lock_request request = {.id = id,
                                   .lock = cond,
                                   .mutex = mutex,
                                   .really = really_wait,
                                   .clock = clock,
                                   .until = until};
    int error = ENOTSUP;
    call_enter(&call);
    if (call.log.record)
        log_mutex(call.thread, &call.log, mutex, until);
    if (lock_may_park(&call, LOCK_PARK) && call_may_park(&call) &&
        lock_limit_is_valid(clock, until))
        error = coop_wait(&call, cond, mutex, clock, until);
    if (error == ENOTSUP)
        error = lock_take_really(&call, &request);
    return lock_leave(&call, error);
}

/* ---- the hooks ---- */

WAIT_ENTRY(int, pthread_cond_wait, (pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex),
           (cond, mutex))
{
    if (call_is_plain())
        return REAL(pthread_cond_wait)(cond, mutex);
    return hook_wait(CALL_pthread_cond_wait, caller, cond, mutex, CLOCK_REALTIME, NULL);
}

WAIT_ENTRY(int, pthread_cond_timedwait,
           (pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
            const struct timespec *restrict until),
           (cond, mutex, until))
{
    if (call_is_plain())
        return REAL(pthread_cond_timedwait)(cond, mutex, until);
    return hook_wait(CALL_pthread_cond_timedwait, caller, cond, mutex, clock_of(cond), until);
}

WAIT_ENTRY(int, pthread_cond_clockwait,
           (pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex, clockid_t clock,
            const struct timespec *restrict until),
           (cond, mutex, clock, until))
{
    if (call_is_plain())
        return REAL(pthread_cond_clockwait)(cond, mutex, clock, until);
    return hook_wait(CALL_pthread_cond_clockwait, caller, cond, mutex, clock, until);
}

static int signal_cond(pthread_cond_t *cond)
{
    if (mode_now() == 0 || !lock_is_awaited(cond))
        return REAL(pthread_cond_signal)(cond);
    lock_note_waker(cond);
    int error = REAL(pthread_cond_signal)(cond);
    lock_wake(cond, false);
    return error;
}

static int broadcast_cond(pthread_cond_t *cond)
{
    if (mode_now() == 0 || !lock_is_awaited(cond))
        return REAL(pthread_cond_broadcast)(cond);
    lock_note_waker(cond);
    int error = REAL(pthread_cond_broadcast)(cond);
    lock_wake(cond, true);
    return error;
}

EXPORT int pthread_cond_signal(pthread_cond_t *cond)
{
    return signal_cond(cond);
}

EXPORT int pthread_cond_broadcast(pthread_cond_t *cond)
{
    return broadcast_cond(cond);
}

/* ---- <threads.h> ---- */

WAIT_ENTRY(int, cnd_wait, (cnd_t * cnd, mtx_t *mtx), (cnd, mtx))
{
    if (call_is_plain())
        return REAL(cnd_wait)(cnd, mtx);
    return c11_result(hook_wait(CALL_cnd_wait, caller, (pthread_cond_t *)cnd,
                                (pthread_mutex_t *)mtx, CLOCK_REALTIME, NULL));
}

WAIT_ENTRY(int, cnd_timedwait,
           (cnd_t *restrict cnd, mtx_t *restrict mtx, const struct timespec *restrict until),
           (cnd, mtx, until))
{
    pthread_cond_t *cond = (pthread_cond_t *)cnd;
    if (call_is_plain())
        return REAL(cnd_timedwait)(cnd, mtx, until);
    return c11_result(
        hook_wait(CALL_cnd_timedwait, caller, cond, (pthread_mutex_t *)mtx, clock_of(cond), until));
}

EXPORT int cnd_signal(cnd_t *cnd)
{
    return c11_result(signal_cond((pthread_cond_t *)cnd));
}

EXPORT int cnd_broadcast(cnd_t *cnd)
{
    return c11_result(broadcast_cond((pthread_cond_t *)cnd));
}
