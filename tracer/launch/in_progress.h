/*
 * in_progress.h: the stacks of calls that last long, noted in the trace while they last. A call's
 * own record has the stack when it returns; one that never does, because its process is killed or
 * ends, would have none.
 *
 * Only what the kernel says of sleeping threads is looked at, twice a second at most.
 *
 * They are read from outside, by the launcher, only of a thread that has slept in one system call
 * for a second: the call itself keeps nothing for it. The kernel tells the stack pointer and the
 * program counter (/proc/PID/task/TID/syscall), without ptrace, which would stop the thread, and
 * without a signal, by which poll would return EINTR. Of the other registers only the frame pointer
 * matters; where libc's function has not saved it, the places that it can point to are tried
 * (remote_stack.c). A report takes a stack only if the caller that the call's record has is
 * on it. Python's frames are read from CPython 3.11's structs (remote_python.c); of other versions
 * the interpreter's own functions stand there.
 */
#ifndef LAUNCH_IN_PROGRESS_H
#define LAUNCH_IN_PROGRESS_H

#include "base/map.h"

/* When the first look is due, in ns, and how often they come at most. */
#define IN_PROGRESS_PERIOD_NS UINT64_C(500000000)

/* All zeros: nothing has been seen. */
struct in_progress {
    struct map threads; /* struct sleeper by number */
};

/* Looks at all processes that write to the trace directory. A thread that has been asleep in one
 * system call for a second has its stack written to the file `.stacks.PID` there, and what
 * descriptor the call is about. Returns in how many ns the next look is due. */
uint64_t in_progress_look(struct in_progress *in_progress, const char *trace);

void in_progress_finish(struct in_progress *in_progress);

#endif
