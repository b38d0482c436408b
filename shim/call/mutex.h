/*
 * mutex.h: taking a mutex and letting it go, by the hooks of mutexes and of conditions.
 */
#ifndef CALL_MUTEX_H
#define CALL_MUTEX_H

#include "call/call.h"

#include <pthread.h>
#include <stdbool.h>

/* Bits of glibc's pthread_mutex_t.__data.__kind. */
enum {
    MUTEX_TYPE = 3, /* PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, ... */
    MUTEX_PRIORITY_INHERIT = 32,
    MUTEX_PRIORITY_PROTECT = 64,
    MUTEX_SHARED = 128,
};

static inline int mutex_kind(const pthread_mutex_t *mutex)
{
    return __atomic_load_n(&mutex->__data.__kind, __ATOMIC_RELAXED);
}

/* The kernel gives the thread that has it the priority of those who wait, or of the mutex. */
static inline bool mutex_has_priority(const pthread_mutex_t *mutex)
{
    return mutex_kind(mutex) & (MUTEX_PRIORITY_INHERIT | MUTEX_PRIORITY_PROTECT);
}

/* Whether neither libc nor the kernel asks who has it: to them all tasks of a thread are one. Most
 * mutexes are such, the interpreter's own lock among them. */
static inline bool mutex_asks_nobody(const pthread_mutex_t *mutex)
{
    int kind = mutex_kind(mutex) & (MUTEX_TYPE | MUTEX_PRIORITY_INHERIT | MUTEX_PRIORITY_PROTECT);
    return __builtin_expect(kind == PTHREAD_MUTEX_NORMAL, 1) || kind == PTHREAD_MUTEX_ADAPTIVE_NP;
}

/* As pthread_mutex_trylock, for one task among those of its thread. Returns 0; EBUSY; or another
 * errno value. */
int mutex_try(pthread_mutex_t *mutex);

/*
 * Takes a mutex that was not free, as the function `id` does; the call is entered, recorded and
 * left. `until` is by `clock`, NULL: no limit. Returns 0 or an errno value.
 */
int mutex_take(enum call_id id, const void *caller, pthread_mutex_t *mutex, clockid_t clock,
               const struct timespec *until);

/* Whether the calling thread has it, be it for another of its tasks. */
bool mutex_is_with_thread(const pthread_mutex_t *mutex);

/* Whether it must be waited for in libc: the kernel must know who waits for a mutex that has to do
 * with priorities. Not so if another task of the thread has it, since libc would wait for ever. */
bool mutex_needs_libc(const pthread_mutex_t *mutex);

/* pthread_mutex_unlock, and whoever waits for it goes on. Returns 0 or an errno value. */
int mutex_release(pthread_mutex_t *mutex);

/* Takes it again in the middle of a call that waited for a condition, parked when it must be waited
 * for. Returns 0 or an errno value. */
int mutex_retake(struct call *call, pthread_mutex_t *mutex);

#endif
