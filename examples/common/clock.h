/*
 * clock.h: the clock that deadlines are made of: nanoseconds of CLOCK_MONOTONIC.
 */
#ifndef EXAMPLES_CLOCK_H
#define EXAMPLES_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_SECOND      INT64_C(1000000000)
#define NS_PER_MILLISECOND INT64_C(1000000)
#define NS_PER_MICROSECOND INT64_C(1000)

static inline int64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* Milliseconds from now until `when`, rounded up so that nobody wakes too early; 0 when past. */
static inline int clock_ms_until(int64_t when)
{
    int64_t left = when - clock_now();
    if (left <= 0)
        return 0;
    int64_t ms = (left + NS_PER_MILLISECOND - 1) / NS_PER_MILLISECOND;
    return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

#endif
