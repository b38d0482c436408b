/*
 * mutex.h: what waiting for a condition does with its mutex.
 */
#ifndef HOOK_MUTEX_H
#define HOOK_MUTEX_H

#include "hook/call.h"

#include <pthread.h>

/* pthread_mutex_unlock, and whoever waits for it goes on. Returns 0 or an errno value. */
int mutex_release(pthread_mutex_t *mutex);

/* Takes it again in the middle of a call, parked when it must be waited for. Returns 0 or an errno
 * value. */
int mutex_retake(struct call *call, pthread_mutex_t *mutex);

#endif
