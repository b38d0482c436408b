/*
 * task_pool.h: records of tasks. Their memory is never given back, so that a stale handle can be
 * looked at: it names a record and the use of it that it was made for.
 */
#ifndef TASK_TASK_POOL_H
#define TASK_TASK_POOL_H

#include "task/task.h"

struct greq_task;

/* A zeroed record with a generation of its own, or NULL when memory is short. From any thread. */
struct task *task_pool_get(void);

/* Ends this use of the record: its handle is stale from now on. From any thread. */
void task_pool_put(struct task *task);

/* A forked child: no other thread is using the list. */
void task_pool_after_fork(void);

struct greq_task *task_handle(const struct task *task);

/* NULL for NULL and for a stale handle. */
struct task *task_from_handle(const struct greq_task *handle);

#endif
