/*
 * spin.h: a lock for a handful of instructions, between threads. Never taken in signal handlers,
 * never held over a call that may block; a forked child releases the ones it inherits.
 */
#ifndef SYS_SPIN_H
#define SYS_SPIN_H

#include <sched.h>

static inline void spin_acquire(char *lock)
{
    while (__atomic_test_and_set(lock, __ATOMIC_ACQUIRE))
        sched_yield();
}

static inline void spin_release(char *lock)
{
    __atomic_clear(lock, __ATOMIC_RELEASE);
}

#endif
