/*
 * c11.h: what <threads.h> says of an errno value. Its mutexes, conditions and threads are pthread
 * ones in glibc, which calls the pthread functions where no hook sees it: so each has a hook of its
 * own, which does the same.
 */
#ifndef CALL_C11_H
#define CALL_C11_H

#include <errno.h>
#include <pthread.h>
#include <threads.h>

_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) &&
                   sizeof(cnd_t) == sizeof(pthread_cond_t) && sizeof(thrd_t) == sizeof(pthread_t),
               "an mtx_t is a pthread_mutex_t, and so on");

static inline int c11_result(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case EBUSY:
        return thrd_busy;
    case ETIMEDOUT:
        return thrd_timedout;
    case ENOMEM:
        return thrd_nomem;
    default:
        return thrd_error;
    }
}

#endif
