/*
 * call_told.h: what a thread's other records say of a call. Some stand before the call's own, or
 * before that with its stack, and are kept with the task until it comes; others are about a call in
 * progress, which they name by its begin. Where there is no such call they say nothing.
 */
#ifndef MODEL_CALL_TOLD_H
#define MODEL_CALL_TOLD_H

#include "model/call.h"

/* The descriptors that the next call of a task watches, and the name that it looks up. */
void call_add_watch(struct thread *thread, const struct trace_watch *record);
void call_add_name(struct thread *thread, const struct trace_name *record);

/* Of the call whose stack comes next: its Python frames, and the name of the asyncio task that made
 * it. */
void call_add_python(struct thread *thread, const struct trace_python_stack *record);
void call_add_task_name(struct thread *thread, const struct trace_task_name *record);

/* The module that a call in progress was not parked for. */
void call_add_refuser(struct thread *thread, const struct trace_refuser *record);

/* Two tasks have met in a connection. */
void call_add_shared(struct model *model, struct thread *thread, const struct trace_shared *record);

/* The lock that a call waited for, which returns now. It is kept of one that tells its stack. */
void call_add_lock(struct model *model, struct thread *thread, const struct trace_lock *record);

/* The mutex of the condition that a call in progress waits for. */
void call_add_mutex(struct thread *thread, const struct trace_mutex *record);

/* The file whose lock a call in progress takes. */
void call_add_file_lock(struct model *model, struct thread *thread,
                        const struct trace_file_lock *record);

#endif
