/*
 * loop.h: which task runs next, and what makes tasks ready: descriptors, timers, other threads,
 * signals.
 */
#ifndef TASK_LOOP_H
#define TASK_LOOP_H

struct scheduler;
struct task;

/* Makes a task ready: it runs after those that are ready now. */
void loop_add(struct scheduler *scheduler, struct task *task);

/* Forgets all ready tasks. For a scheduler whose tasks are dropped. */
void loop_clear(struct scheduler *scheduler);

/* Takes the next ready task; while there is none, the thread sleeps in the poller. */
struct task *loop_next(struct scheduler *scheduler);

#endif
