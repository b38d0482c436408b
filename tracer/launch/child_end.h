/*
 * child_end.h: how the program ended, and the note of it in its trace. A program that is killed
 * cannot record its own end.
 */
#ifndef LAUNCH_CHILD_END_H
#define LAUNCH_CHILD_END_H

#include "launch/hello.h"

#include <stdint.h>
#include <sys/types.h>

struct child_end {
    int status;    /* as of waitpid(2) */
    uint64_t time; /* ns of CLOCK_MONOTONIC */
    uint64_t cpu;  /* ns that it used, and those of its children that it waited for */
};

/* Waits for a child that has ended, without blocking. Returns 0 and fills `end`; or -1 when it has
 * not ended. */
int child_end_take(struct child_end *end, pid_t child);

/* Makes the file `.end.PID` in the directory `trace` out of the one that the program has said hello
 * in. Where that is not possible there is none, and a report will say that the end is not known. */
void child_end_note(const struct child_end *end, pid_t child, const char *trace,
                    struct hello *hello);

#endif
