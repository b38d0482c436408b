/*
 * host.h: who owns the code that makes a call, and can leave its thread to others while it waits.
 *
 * A hook asks host_current() and either waits through the host it gets, or makes the real call. The
 * native host parks greq's own tasks; others will park what a language runtime calls a task.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "sys/thread.h"

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

struct job; /* see task/helper.h */

/* When a signal handler that has run ends the wait of the thread's main task: signal(7). */
enum host_interruption {
    HOST_INTERRUPT_NO_RESTART, /* handlers without SA_RESTART: recv, connect, ... */
    HOST_INTERRUPT_ALWAYS,     /* poll, sleep, and whatever has a timeout */
    HOST_INTERRUPT_NEVER,      /* what cannot fail with EINTR: pthread_mutex_lock, fsync, ... */
};

struct host {
    const char *name;

    /*
     * Lets others run until a descriptor of `set` may be ready, `deadline` (ns, clock.h) or a
     * handler. The set may be empty.
     *
     * Returns 0 (try again; it may be spurious), ETIMEDOUT, EINTR, EBADF (the descriptor was closed
     * meanwhile), ECANCELED (the task has something else to do: end the call) or ENOTSUP (not to be
     * had: make the real call).
     */
    int (*wait)(struct thread *thread, const struct pollfd *set, size_t count, uint64_t deadline,
                enum host_interruption interruption);

    /*
     * Runs a job on a helper thread (helper_start, job_is_done) and lets others run until it is
     * done. The job stays the caller's.
     *
     * Returns 0; ENOTSUP when there is no thread to be had, and the job will not be run; or another
     * errno value when the wait was ended: the job may still be in work, and its results must not
     * be looked at.
     */
    int (*run)(struct thread *thread, struct job *job);

    /* The number of the calling task, for the trace; 0 when there is none. NULL: the strand knows
     * it. */
    uint32_t (*number)(struct thread *thread);
};

extern const struct host host_native;

/* The host of the calling code, or NULL when nobody else could run meanwhile. */
const struct host *host_current(struct thread *thread);

#endif
