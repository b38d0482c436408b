/*
 * layout.h: tells where tasks are in memory, for `greq dump`, which reads them from outside.
 */
#ifndef TASK_LAYOUT_H
#define TASK_LAYOUT_H

struct scheduler;

/* Writes it to the process's page. `schedulers` is where the first one's address stands. */
void layout_tell(struct scheduler *const *schedulers);

#endif
