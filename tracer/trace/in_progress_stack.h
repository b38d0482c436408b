/*
 * in_progress_stack.h: the stack of a call that did not return, as greq saw it that had started the
 * program: in the file `.stacks.PID` of a trace, a line for each.
 */
#ifndef TRACE_IN_PROGRESS_STACK_H
#define TRACE_IN_PROGRESS_STACK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A call: its process and thread, when it began, and the address that it returns to. */
struct in_progress_call {
    uint32_t pid, tid;
    uint64_t begin;
    uint64_t caller;
};

/* Stores up to `max` return addresses of the call's stack, from its caller on. Returns how many; 0
 * when the file has none that fits. `directory` is an open one. `*python` becomes Python's frames
 * as in struct trace_python_stack, for the caller to free, or NULL. */
size_t in_progress_stack_read(int directory, const struct in_progress_call *call,
                              uint64_t *addresses, size_t max, char **python);

#endif
