/*
 * thread_list.h: the threads that the process has, and what the kernel says of their time.
 */
#ifndef LOG_THREAD_LIST_H
#define LOG_THREAD_LIST_H

#include "log/run_queue.h"

#include <stddef.h>
#include <stdint.h>

/* Calls `visit` for each thread of which that is known. `room` is memory to work in. */
void thread_list_visit(char *room, size_t size,
                       void (*visit)(void *data, uint32_t tid, const struct run_times *times),
                       void *data);

#endif
