#include "call/lock.h"

#include "call/lock_wait.h"
#include "sys/clock.h"

/* ---- time limits ---- */

bool lock_limit_is_valid(clockid_t clock, const struct timespec *until)
{
    return !until || ((clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC) &&
                      until->tv_nsec >= 0 && until->tv_nsec < (long)NS_PER_SECOND);
}

uint64_t lock_deadline(clockid_t clock, const struct timespec *until)
{
    if (!until)
        return CLOCK_NEVER;
    uint64_t limit = until->tv_sec < 0 ? 0 : clock_from_timespec(until), now = clock_read(clock);
    return limit > now ? clock_after(limit - now) : 0;
}

/* ---- whether to park ---- */

bool lock_may_park(const struct call *call, enum lock_parking parking)
{
    return call->host && parking == LOCK_PARK && !host_is_switching(call->host, call->thread);
}

/* ---- taking ---- */

/* Parks until the lock may be free. Returns WAKE_RETRY, or how the wait ended for good. */
static enum wake await(struct call *call, struct lock_waiter *waiter,
                       const struct lock_request *request, uint64_t *pause)
{
    uint64_t deadline = lock_deadline(request->clock, request->until);
    bool can_be_ended = request->interruption != INTERRUPT_NEVER;
    if (!deadline)
        return WAKE_TIMED_OUT;
    enum wake wake = lock_wait_park(call, waiter, deadline, pause, request->interruption);
    switch (wake) {
    case WAKE_NO_HOST:
        return wake;
    case WAKE_SIGNALLED:
        return can_be_ended ? wake : WAKE_RETRY;
    case WAKE_CANCELLED:
        /* A host wants its task back. CPython's locks can be told so by a timeout alone. */
        return can_be_ended && request->until ? WAKE_TIMED_OUT : WAKE_RETRY;
    case WAKE_RETRY:
    case WAKE_TIMED_OUT: /* it may be the pause's */
    case WAKE_CLOSED:
        break;
    }
    return WAKE_RETRY;
}

/* What a lock that was not had says then. */
static int error_of(enum wake end)
{
    return end == WAKE_NO_HOST ? ENOTSUP : end == WAKE_TIMED_OUT ? ETIMEDOUT : wake_error(end);
}

/* Returns 0; an errno value; ENOTSUP: make the real call. */
static int take_parked(struct call *call, const struct lock_request *request)
{
    struct lock_waiter *waiter = lock_wait_begin(call, request->lock);
    uint64_t pause = request->pause;
    enum wake end = WAKE_RETRY;
    int error;
    for (;;) {
        lock_wait_arm(waiter);
        error = request->try(request->lock);
        if (error != EBUSY || end != WAKE_RETRY)
            break;
        end = await(call, waiter, request, &pause);
    }
    int waker = lock_wait_end(waiter, error == 0);
    if (error == 0)
        call->log.waker = waker;
    return error == EBUSY ? error_of(end) : error;
}

int lock_take_really(struct call *call, const struct lock_request *request)
{
    lock_observe_begin(call);
    int error = request->really(request);
    int waker = lock_observe_end();
    if (error == 0)
        call->log.waker = waker;
    return error;
}

/* How long a call that must not be parked waits in its thread for what a parked task may have. */
#define PATIENCE NS_PER_SECOND

/* As lock_take_really, but not for longer than that: ENOTSUP. */
static int take_shortly(struct call *call, const struct lock_request *request)
{
    uint64_t end = clock_after(PATIENCE);
    struct timespec until = clock_to_timespec(end);
    struct lock_request limited = *request;
    limited.id = CALL_sem_clockwait;
    limited.clock = CLOCK_MONOTONIC;
    limited.until = &until;
    bool is_enough = lock_deadline(request->clock, request->until) <= end;
    int error = lock_take_really(call, is_enough ? request : &limited);
    return error == ETIMEDOUT && !is_enough ? ENOTSUP : error;
}

static int take_after_all(struct call *call, const struct lock_request *request,
                          const struct host *host)
{
    int error = take_shortly(call, request);
    if (error != ENOTSUP)
        return error;
    call_insist(call, host);
    return take_parked(call, request);
}

int lock_take(struct call *call, const struct lock_request *request)
{
    const struct host *host = call->host;
    int error = ENOTSUP;
    if (call->host && request->parking == LOCK_NEVER_PARK)
        call_refuse(call, TRACE_REFUSAL_LIBC_LOCK, NULL);
    if (lock_may_park(call, request->parking) &&
        lock_limit_is_valid(request->clock, request->until))
        error = take_parked(call, request);
    if (error == ENOTSUP && host && call_may_insist(call))
        error = take_after_all(call, request, host);
    return error == ENOTSUP ? lock_take_really(call, request) : error;
}

int lock_leave(struct call *call, int error)
{
    if (call->host)
        errno = call->entry_errno;
    call_leave_with(call, error, error);
    return error;
}
