/*
 * must_tasks.h: tasks for victims that are nothing without them: where memory is short, the victim
 * ends with a line, by must().
 */
#ifndef VICTIMS_MUST_TASKS_H
#define VICTIMS_MUST_TASKS_H

#include "facts.h"

#include <errno.h>
#include <greq/greq.h>

static inline greq_task *must_spawn(void *(*function)(void *), void *argument)
{
    greq_task *task = greq_spawn(function, argument);
    must(task ? 0 : -1, "greq_spawn");
    return task;
}

static inline void must_map(void *(*function)(void *), void **items, void **results, size_t count,
                            size_t limit)
{
    errno = greq_map(function, items, results, count, limit);
    must(errno ? -1 : 0, "greq_map");
}

#endif
