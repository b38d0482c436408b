/*
 * sleep, usleep, nanosleep, clock_nanosleep, thrd_sleep.
 */
#include "call/call.h"
#include "sys/clock.h"
#include "sys/readable.h"

#include <stdbool.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

EXPORT int __nanosleep(const struct timespec *duration, struct timespec *left);

static uint64_t time_left(uint64_t deadline)
{
    uint64_t now = clock_now();
    return deadline > now ? deadline - now : 0;
}

static bool is_valid(const struct timespec *time)
{
    return readable(time, sizeof *time) && time->tv_sec >= 0 && time->tv_nsec >= 0 &&
           time->tv_nsec < (long)NS_PER_SECOND;
}

static bool has_length(const struct timespec *time)
{
    return time->tv_sec || time->tv_nsec;
}

/* ---- sleep ---- */

/* Like glibc's: the whole seconds left, and errno says why. */
static unsigned coop_sleep(struct call *call, unsigned seconds)
{
    uint64_t deadline = clock_after(seconds * NS_PER_SECOND);
    int error = call_sleep(call, deadline, INTERRUPT_ALWAYS);
    if (!error)
        return 0;
    errno = error;
    return (unsigned)(time_left(deadline) / NS_PER_SECOND);
}

WAIT_ENTRY(unsigned, sleep, (unsigned seconds), (seconds))
{
    if (call_is_plain())
        return REAL(sleep)(seconds);
    struct call call = {.log = {.id = CALL_sleep, .fd = -1, .caller = caller}};
    call_enter(&call);
    unsigned left = call.host && seconds ? coop_sleep(&call, seconds) : REAL(sleep)(seconds);
    if (left)
        call_leave_with(&call, left, EINTR);
    else
        call_leave(&call, 0);
    return left;
}

/* ---- usleep ---- */

static int coop_usleep(struct call *call, useconds_t microseconds)
{
    uint64_t deadline = clock_after(microseconds * UINT64_C(1000));
    int error = call_sleep(call, deadline, INTERRUPT_ALWAYS);
    if (error)
        errno = error;
    return error ? -1 : 0;
}

WAIT_ENTRY(int, usleep, (useconds_t microseconds), (microseconds))
{
    if (call_is_plain())
        return REAL(usleep)(microseconds);
    struct call call = {.log = {.id = CALL_usleep, .fd = -1, .caller = caller}};
    call_enter(&call);
    return (int)call_leave(&call, call.host && microseconds ? coop_usleep(&call, microseconds)
                                                            : REAL(usleep)(microseconds));
}

/* ---- nanosleep, clock_nanosleep ---- */

/* Returns 0, or why it ended early. */
static int coop_relative(struct call *call, const struct timespec *duration, struct timespec *left)
{
    uint64_t deadline = clock_after(clock_from_timespec(duration));
    int error = call_sleep(call, deadline, INTERRUPT_ALWAYS);
    if (error && left)
        *left = clock_to_timespec(time_left(deadline));
    return error;
}

static inline int hook_nanosleep(enum call_id id, const void *caller,
                                 const struct timespec *duration, struct timespec *left)
{
    if (call_is_plain())
        return REAL(nanosleep)(duration, left);
    struct call call = {.log = {.id = id, .fd = -1, .caller = caller}};
    call_enter(&call);
    if (!call.host || !is_valid(duration) || !has_length(duration))
        return (int)call_leave(&call, REAL(nanosleep)(duration, left));
    int error = coop_relative(&call, duration, left);
    if (error)
        errno = error;
    return (int)call_leave(&call, error ? -1 : 0);
}

WAIT_ENTRY(int, nanosleep, (const struct timespec *duration, struct timespec *left),
           (duration, left))
{
    return hook_nanosleep(CALL_nanosleep, caller, duration, left);
}

WAIT_ENTRY(int, __nanosleep, (const struct timespec *duration, struct timespec *left),
           (duration, left))
{
    return hook_nanosleep(CALL___nanosleep, caller, duration, left);
}

/* A point on another clock; that clock may be set meanwhile, so it is asked again. */
static int coop_absolute(struct call *call, clockid_t clock, const struct timespec *time)
{
    uint64_t until = clock_from_timespec(time), now;
    while ((now = clock_read(clock)) < until) {
        int error = call_sleep(call, clock_after(until - now), INTERRUPT_ALWAYS);
        if (error)
            return error;
    }
    return 0;
}

/* Clocks that run as the time of day does; others count CPU time, or need a capability. */
static bool is_time_of_day(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME ||
           clock == CLOCK_TAI;
}

WAIT_ENTRY(int, clock_nanosleep,
           (clockid_t clock, int flags, const struct timespec *time, struct timespec *left),
           (clock, flags, time, left))
{
    if (call_is_plain())
        return REAL(clock_nanosleep)(clock, flags, time, left);
    struct call call = {.log = {.id = CALL_clock_nanosleep, .fd = -1, .caller = caller}};
    int error;
    call_enter(&call);
    if (!call.host || !is_time_of_day(clock) || !is_valid(time) || flags & ~TIMER_ABSTIME)
        error = REAL(clock_nanosleep)(clock, flags, time, left);
    else if (flags & TIMER_ABSTIME)
        error = coop_absolute(&call, clock, time);
    else
        error = has_length(time) ? coop_relative(&call, time, left) : 0;
    if (call.host)
        errno = call.entry_errno;
    call_leave_with(&call, error, error);
    return error;
}

/* It has error codes of its own: -1 for a signal, another negative number for the rest. */
WAIT_ENTRY(int, thrd_sleep, (const struct timespec *duration, struct timespec *left),
           (duration, left))
{
    if (call_is_plain())
        return REAL(thrd_sleep)(duration, left);
    struct call call = {.log = {.id = CALL_thrd_sleep, .fd = -1, .caller = caller}};
    call_enter(&call);
    if (!call.host || !is_valid(duration) || !has_length(duration)) {
        int result = REAL(thrd_sleep)(duration, left);
        call_leave_with(&call, result, 0);
        return result;
    }
    int error = coop_relative(&call, duration, left);
    errno = call.entry_errno;
    call_leave_with(&call, error ? -1 : 0, error);
    return error ? -1 : 0;
}
