/*
 * clock.h: the shim's two clocks, both in nanoseconds of CLOCK_MONOTONIC.
 *
 * What is recorded has the kernel's times (clock_kernel_now), which come from the processor's
 * counter where that may be trusted (tsc.h). Deadlines are in the program's time
 * (clock_now): the times that a program gives are meant on the clock that libc's own functions
 * would take them for, and another preload (libfaketime) may have put its own there. Both are the
 * same where nothing stands between libgreq.so and libc.
 *
 * libc's own clock_gettime is found in libc's symbol table: any other look-up leads to who stands
 * in front of it. Where the two clocks differ (libfaketime behind us) a scheduler looks every 5 ms,
 * so a program's second is right at any speed. Time that a stopped clock does not count is counted,
 * so each wait ends.
 */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include "sys/tsc.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define NS_PER_SECOND UINT64_C(1000000000)
#define NS_PER_MS     UINT64_C(1000000)
#define CLOCK_NEVER   UINT64_MAX /* a deadline that does not come */

typedef int clock_function(clockid_t clock, struct timespec *now);

/* libc's own, and the one that the next library behind ours has. */
extern clock_function *clock_of_kernel, *clock_of_program;

/* The kernel's clock without the pages of libc and of the vDSO, which a short process does not
 * touch else. */
int clock_by_system_call(clockid_t clock, struct timespec *now);

/* Finds both. By the constructor. */
void clock_open(void);

/* What the program is about to ask of prctl. If it forbids itself to read the processor's counter,
 * which libc's clock_gettime reads too, both clocks are asked for by system call from now on. */
void clock_note_prctl(long option, unsigned long value);

static inline uint64_t clock_by(clock_function *read, clockid_t clock)
{
    struct timespec now;
    read(clock, &now);
    return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static inline uint64_t clock_kernel_read(clockid_t clock)
{
    return clock_by(__atomic_load_n(&clock_of_kernel, __ATOMIC_RELAXED), clock);
}

/* What a process or thread has computed is a system call in any case: so without those pages. */
static inline uint64_t clock_cpu_read(clockid_t clock)
{
    return clock_by(clock_by_system_call, clock);
}

static inline uint64_t clock_kernel_now(void)
{
    return tsc_now();
}

/* Whether the program's time may pass at another speed than the kernel's: then nobody may sleep
 * until a deadline without looking from time to time. */
static inline bool clock_is_altered(void)
{
    return clock_of_program != clock_of_kernel;
}

/* A clock of the program's where they are altered. Where they stand still, time passes all the
 * same: a wait must end one day. */
uint64_t clock_altered_read(clockid_t clock);

/* Any clock of the program's, for points of time that it gives. */
static inline uint64_t clock_read(clockid_t clock)
{
    return __builtin_expect(clock_is_altered(), 0) ? clock_altered_read(clock)
                                                   : clock_kernel_read(clock);
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
