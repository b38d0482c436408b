/*
 * job.h: when a worker that is a process may have been given its job (docs/accounting.md, P10). By
 * which thread is not seen: what the main thread of an ancestor wrote, or let go, while the worker
 * asked for one may be it.
 */
#ifndef ACCOUNT_JOB_H
#define ACCOUNT_JOB_H

#include "model/listener.h"

#include <stdint.h>

struct call;
struct thread;

struct jobs {
    struct listener listener; /* first */
};

void jobs_begin(struct jobs *jobs);

/* Of each call (account/accounts.c). */
void job_begin_call(const struct call *call, uint64_t time);

/* A call is over that may have been a wait for work. */
void job_wait(const struct call *call);

/* The thread has let another one go. */
void job_give(struct thread *thread, uint64_t time);

/* It does what it was given. */
void job_start(struct thread *thread);

/* ns: when it may have been given its job, while it asked for that; 0: it was not. */
uint64_t job_was_given(struct thread *thread);

#endif
