/*
 * loop.h: which task runs next, and what makes tasks ready: descriptors, timers, other threads,
 * signals.
 */
#ifndef TASK_LOOP_H
#define TASK_LOOP_H

#include "task/internal.h"

/* Makes a task ready: it runs after those that are ready now. */
static inline void loop_add(struct scheduler *scheduler, struct task *task)
{
    task_set_state(task, TASK_READY);
    task->next = NULL;
    if (scheduler->ready_first)
        scheduler->ready_last->next = task;
    else
        scheduler->ready_first = task;
    scheduler->ready_last = task;
}

/* task_wake, where it is to be quick. */
static inline void loop_wake(struct scheduler *scheduler, struct task *task, enum wake reason)
{
    if (task_state(task) != TASK_PARKED)
        return;
    task->wake_reason = reason;
    loop_add(scheduler, task);
}

/* Forgets all ready tasks. For a scheduler whose tasks are dropped. */
void loop_clear(struct scheduler *scheduler);

/* Looks for what makes tasks ready, and sleeps in the poller until one is. */
void loop_gather(struct scheduler *scheduler);

/* Takes the next ready task. Descriptors are looked at every now and then even while there is one.
 */
static inline struct task *loop_next(struct scheduler *scheduler)
{
    if (--scheduler->until_look == 0 || !scheduler->ready_first)
        loop_gather(scheduler);
    struct task *task = scheduler->ready_first;
    scheduler->ready_first = task->next;
    return task;
}

#endif
