/*
 * join.h: waiting for the end of a task, from any thread.
 *
 * task->joiner tells how far it is, and changes atomically:
 *
 *     NULL -> a joiner -> FINISHED or DROPPED -> TAKEN
 *     NULL ------------> FINISHED or DROPPED -> TAKEN
 */
#ifndef TASK_JOIN_H
#define TASK_JOIN_H

#include "task/internal.h"

#define JOIN_FINISHED ((struct joiner *)1) /* its result is there */
#define JOIN_DROPPED  ((struct joiner *)2) /* it will never finish */
#define JOIN_TAKEN    ((struct joiner *)3) /* joined */

/* Tells who waits for the task, now or later, how it ended. */
void join_finish(struct task *task, struct joiner *how);

/* `task` will not run again: whom it waits for must not wake it. */
void join_withdraw(struct task *task);

/* Waits for the task's end and releases its record. Returns 0 or an errno value, as greq_join does.
 */
int join_wait(struct task *task, void **result);

#endif
