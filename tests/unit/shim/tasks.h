/*
 * tasks.h: a scheduler for the thread of a test, and what tests do with tasks.
 */
#ifndef UNIT_SHIM_TASKS_H
#define UNIT_SHIM_TASKS_H

#include "task/internal.h"

/* Sets what the environment would: tasks on small stacks. Before there are threads. */
void tasks_configure(void);

/* The same, and makes the calling thread's scheduler. Ended by tasks_end(), which drops what is
 * unfinished. */
struct scheduler *tasks_begin(void);
void tasks_end(void);

/* Schedulers whose threads have ended keep a descriptor for the next thread: closes those, when no
 * thread has tasks any more. tasks_end() does it for the main thread, which is the last. */
void tasks_close_kept(void);

/* task_create in the calling thread's scheduler; never fails. */
struct task *tasks_spawn(void *(*function)(void *), void *argument);

/* Joins a task that is to finish, and returns its result. */
void *tasks_join(struct task *task);

/* Parks the calling task for this long. Returns the reason of its wake. */
int tasks_pause(uint64_t ns);

/* Lets all that is ready run until it parks. */
void tasks_settle(void);

/* What the calling code is: a task, or the thread's main task. */
struct task *tasks_self(void);

#endif
