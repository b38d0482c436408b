/*
 * wake.h: how the wait of a parked call ended, and what may end it. All that parks and all that is
 * parked speaks of it in these words.
 */
#ifndef SYS_WAKE_H
#define SYS_WAKE_H

#include <errno.h>

enum wake {
    WAKE_RETRY, /* what it waits for may be there; it may be spurious */
    WAKE_TIMED_OUT,
    WAKE_SIGNALLED, /* a handler has run, and ends the call: signal(7) */
    WAKE_CLOSED,    /* its descriptor was closed, or names another file */
    WAKE_CANCELLED, /* the task has something else to do: end the call */
    WAKE_NO_HOST,   /* the wait is not to be had: make the real call */
};

/* Which signal handlers that have run end the wait of a thread's main task. */
enum interruption {
    INTERRUPT_NEVER,      /* what cannot fail with EINTR: pthread_mutex_lock, fsync, greq_join */
    INTERRUPT_NO_RESTART, /* handlers without SA_RESTART: recv, connect, ... */
    INTERRUPT_ALWAYS,     /* poll, sleep, and whatever has a timeout */
};

/* With which errno the call ends, where it is over for another reason than its own; else 0. */
static inline int wake_error(enum wake wake)
{
    switch (wake) {
    case WAKE_SIGNALLED:
        return EINTR;
    case WAKE_CANCELLED:
        return ECANCELED;
    case WAKE_RETRY:
    case WAKE_TIMED_OUT:
    case WAKE_CLOSED:
    case WAKE_NO_HOST:
        break;
    }
    return 0;
}

#endif
