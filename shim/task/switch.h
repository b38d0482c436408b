/*
 * switch.h: from one task of a thread to another: stacks, and the state that the thread has but a
 * task owns (errno, OpenSSL's errors, C++'s exceptions).
 */
#ifndef TASK_SWITCH_H
#define TASK_SWITCH_H

struct scheduler;
struct task;

/* Continues `to`. Returns when the current task is continued. */
void switch_to(struct scheduler *scheduler, struct task *to);

/* Leaves the current task's stack for ever; scheduler->remains says what of it is to be cleaned up.
 */
_Noreturn void switch_away(struct scheduler *scheduler, struct task *to);

/* The first thing that a new task does on its stack. */
void switch_arrive(struct scheduler *scheduler);

#endif
