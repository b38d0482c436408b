/*
 * task.h: greq's own tasks of a running process, read from its memory by what its page tells of
 * where they are. What is read may be changing: all is bounded, and what cannot be read is left
 * out.
 */
#ifndef LIVE_TASK_H
#define LIVE_TASK_H

#include "launch/remote_stack.h"

#include <greq/live_page.h>

#include <stdbool.h>
#include <stddef.h>

struct live_task {
    uint32_t number; /* 0: the thread's own flow of control */
    char waits_for[32];
    int fd;         /* the first descriptor that it waits for, or -1 */
    uint64_t since; /* ns of CLOCK_MONOTONIC; 0: not known */
    struct remote_registers registers;
};

struct live_tasks_read {
    struct live_task *items; /* those that are parked and do not lend their stack to the thread */
    size_t count;
    bool is_cut; /* there are more */
};

/* The caller frees `items`. */
void live_tasks_read(struct live_tasks_read *tasks, pid_t process, const struct live_tasks *layout);

#endif
