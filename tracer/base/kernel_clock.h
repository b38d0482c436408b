/*
 * kernel_clock.h: the clocks that a trace is in, whatever a preload of greq's own makes of clocks.
 */
#ifndef BASE_KERNEL_CLOCK_H
#define BASE_KERNEL_CLOCK_H

#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* ns */
static inline uint64_t kernel_clock_read(clockid_t clock)
{
    struct timespec now = {0, 0};
    syscall(SYS_clock_gettime, clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

#endif
