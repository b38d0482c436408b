/*
 * futex.h: sleeping on a word of memory, futex(2), without the pthread functions, which are hooked
 * or will be.
 */
#ifndef SYS_FUTEX_H
#define SYS_FUTEX_H

#include "sys/kernel.h"

#include <linux/futex.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

/* Sleeps while *word == value: until woken, a signal, or `timeout` (relative; NULL: none). */
static inline void futex_wait(uint32_t *word, uint32_t value, const struct timespec *timeout)
{
    KERNEL(futex, word, FUTEX_WAIT_PRIVATE, value, timeout, NULL, 0);
}

/* It does not fail, whatever tests have others do. */
static inline void futex_wake(uint32_t *word, int sleepers)
{
    kernel_call(SYS_futex, (long)word, FUTEX_WAKE_PRIVATE, sleepers, 0, 0, 0);
}

#endif
