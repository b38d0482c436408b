/*
 * task_pool.h: records of tasks. Their memory is never given back, so that a stale handle can be
 * looked at: it names a record and the use of it that it was made for.
 *
 * Each scheduler has a pool, and a record stays with it: other threads that wake a task may look at
 * its record at any time, also when the task has ended.
 */
#ifndef TASK_TASK_POOL_H
#define TASK_TASK_POOL_H

#include <stddef.h>

struct greq_task;
struct scheduler;
struct task;

struct task_pool {
    struct task *free;     /* for the scheduler's own thread */
    struct task *returned; /* atomic; by whichever thread joined them */
};

/* A cleared record of the scheduler's pool, with a generation of its own, or NULL when memory is
 * short. For the scheduler's own thread. */
struct task *task_pool_get(struct task_pool *pool, struct scheduler *scheduler);

/* Ends this use of the record: its handle is stale from now on. From any thread. */
void task_pool_put(struct task_pool *pool, struct task *task);

struct greq_task *task_handle(const struct task *task);

/* NULL for NULL and for a stale handle. From any thread. */
struct task *task_from_handle(const struct greq_task *handle);

#endif
