/*
 * clock.h: the one clock of the shim, nanoseconds of CLOCK_MONOTONIC.
 */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_SECOND UINT64_C(1000000000)
#define NS_PER_MS     UINT64_C(1000000)
#define CLOCK_NEVER   UINT64_MAX /* a deadline that does not come */

static inline uint64_t clock_read(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static inline uint64_t clock_now(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

/* The time `ns` from now, or CLOCK_NEVER where that is further away than the clock counts. */
static inline uint64_t clock_after(uint64_t ns)
{
    uint64_t now = clock_now();
    return ns > CLOCK_NEVER - now ? CLOCK_NEVER : now + ns;
}

/* A timespec in nanoseconds, CLOCK_NEVER when it is too long to count. It must not be negative. */
static inline uint64_t clock_from_timespec(const struct timespec *time)
{
    if ((uint64_t)time->tv_sec >= CLOCK_NEVER / NS_PER_SECOND)
        return CLOCK_NEVER;
    return (uint64_t)time->tv_sec * NS_PER_SECOND + (uint64_t)time->tv_nsec;
}

static inline struct timespec clock_to_timespec(uint64_t ns)
{
    return (struct timespec){(time_t)(ns / NS_PER_SECOND), (long)(ns % NS_PER_SECOND)};
}

#endif
