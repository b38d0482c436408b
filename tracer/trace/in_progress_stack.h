/*
 * in_progress_stack.h: the stack of a call that did not return, as greq saw it that had started the
 * program: in the file `.stacks.PID` of a trace, a line for each, then one of its descriptor (F)
 * and those of Python (P).
 */
#ifndef TRACE_IN_PROGRESS_STACK_H
#define TRACE_IN_PROGRESS_STACK_H

#include <greq/trace_format.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A call: its process and thread, when it began, and the address that it returns to. */
struct in_progress_call {
    uint32_t pid, tid;
    uint64_t begin;
    uint64_t caller;
};

/* What was seen of it. */
struct in_progress_stack {
    uint64_t addresses[TRACE_MAX_FRAMES]; /* return addresses, from its caller on */
    size_t count;
    char *python; /* Python's frames as in struct trace_python_stack, or NULL */
    int fd;       /* the descriptor that its system call is about, if `link` says so */
    char *link;   /* as in /proc/self/fd, or NULL */
};

/* Returns false when the file has none that fits. `directory` is an open one. In any case
 * in_progress_stack_finish frees what is in `stack`. */
bool in_progress_stack_read(int directory, const struct in_progress_call *call,
                            struct in_progress_stack *stack);

void in_progress_stack_finish(struct in_progress_stack *stack);

#endif
