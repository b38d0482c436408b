/*
 * mutex.h: taking a mutex and letting it go, by the hooks of mutexes and of conditions.
 */
#ifndef CALL_MUTEX_H
#define CALL_MUTEX_H

#include "call/call.h"

#include <pthread.h>
#include <stdbool.h>

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
