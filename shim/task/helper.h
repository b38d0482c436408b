/*
 * helper.h: a few threads that wait for what cannot be polled, such as getaddrinfo, while the task
 * that asked is parked.
 *
 * They are started when needed, block all signals, make only real calls, and end when they have had
 * nothing to do for a while.
 */
#ifndef TASK_HELPER_H
#define TASK_HELPER_H

#include <stdint.h>

struct task;

struct helper_job {
    void (*run)(struct helper_job *job);
    struct helper_job *next;
    struct task *task;
    uint32_t done; /* atomic */
};

/* Has job->run called by a helper thread and parks `task`, the current one, until it has returned.
 * The job may lie on the task's stack. Returns 0, or ENOTSUP when there is no thread to be had. */
int helper_run(struct task *task, struct helper_job *job);

/* A forked child has no helpers. */
void helper_after_fork(void);

#endif
