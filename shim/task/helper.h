/*
 * helper.h: a few threads that wait for what cannot be polled, such as getaddrinfo, while whoever
 * asked is parked.
 *
 * They are started when needed, block all signals, make only real calls, exist only while tasks do,
 * and end after two idle seconds. libc resolves names with sockets that no hook sees, hence them.
 *
 * A job lies on the heap, since a greenlet's stack is
 * copied away, and has two owners, who asked and who does it; the last one frees it, so it outlives
 * a greenlet that is killed meanwhile. In a forked child a job is posted again.
 */
#ifndef TASK_HELPER_H
#define TASK_HELPER_H

#include "task/notifier.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A call that a helper thread makes. On the heap, and with it everything that run() reads or
 * writes: who asked may be gone before it is done, and a stack may lie somewhere else meanwhile.
 *
 * It belongs to who made it, and while it is in work to the helper thread as well. Whoever is the
 * last to release it has it destroyed, run or not.
 */
struct job {
    void (*run)(struct job *job);
    void (*destroy)(struct job *job); /* frees it, and what nobody has taken of its results */
    struct notifier notifier;         /* told when it is done */
    bool is_in_libc;                  /* it takes locks of libc's: no fork meanwhile */
    /* helper.c's own */
    struct job *next;
    uint32_t done;   /* atomic */
    uint32_t owners; /* atomic */
    uint32_t forks;  /* of the pool that it was posted to */
};

/* Makes a job that belongs to the caller, in memory that `destroy` frees. */
void job_init(struct job *job, void (*run)(struct job *job), void (*destroy)(struct job *job));

/* Who calls this does not need it any more: after it was done, or before. */
void job_release(struct job *job);

/*
 * Has a helper thread run it, once. Then job->notifier is told: `task` is woken, or when that is
 * NULL the notifier's descriptor becomes readable; who waits asks job_is_done() after every wake.
 * There may be no descriptor to be had (-1): then it must be asked from time to time.
 *
 * Returns 0, or ENOTSUP when no thread is to be had; the job will not be run then.
 */
int helper_start(struct job *job, struct task *task);

/*
 * Whether it has run; then its results are visible. In a forked child, to which no helper thread
 * came along, this has it run once more: the notifier has another descriptor afterwards.
 */
bool job_is_done(struct job *job);

/*
 * The process is about to fork: locks that libc has taken in a job would never be let go in the
 * child. Begins no more of those jobs and waits until they are done, for a second at most; a job
 * that was waited for in vain holds up no later fork. Really waits: no task may run in a fork. Not
 * for signal handlers.
 *
 * Returns whether none is left. In the parent helper_release() follows; in the child
 * helper_after_fork().
 */
bool helper_hold(void);
void helper_release(void);

/* A forked child has no helpers. */
void helper_after_fork(void);

#endif
