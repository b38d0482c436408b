/*
 * threads.h: how all programs that use plain pthreads start and end a thread.
 *
 * Stacks of 64 KiB: nobody who has ten thousand threads leaves them at 8 MiB.
 */
#ifndef THREADS_H
#define THREADS_H

#include "bench.h"

#include <pthread.h>
#include <string.h>

enum { THREAD_STACK_SIZE = 64 * 1024 };

static inline pthread_t thread_start(void *(*body)(void *), void *argument)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK_SIZE);
    int error = pthread_create(&thread, &attributes, body, argument);
    if (error)
        bench_fail("pthread_create: %s", strerror(error));
    pthread_attr_destroy(&attributes);
    return thread;
}

static inline void *thread_finish(pthread_t thread)
{
    void *result;
    int error = pthread_join(thread, &result);
    if (error)
        bench_fail("pthread_join: %s", strerror(error));
    return result;
}

#endif
