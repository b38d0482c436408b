/*
 * alive.h: whether a process that a trace tells of is still running, on this machine. Reads /proc.
 *
 * Asked when the trace does not tell the process's end. One of the same number and program that was
 * not started later is it, if the clocks say that the trace is of this boot; calls then last until
 * now.
 */
#ifndef TRACE_ALIVE_H
#define TRACE_ALIVE_H

#include <stdbool.h>
#include <stdint.h>

/* A process as its trace knows it. Times in ns. */
struct recorded_process {
    uint32_t pid;
    uint64_t start;    /* CLOCK_MONOTONIC */
    uint64_t realtime; /* CLOCK_REALTIME at that moment; 0: not known */
    const char *program;
};

struct alive {
    uint64_t now; /* ns, CLOCK_MONOTONIC */
    uint64_t cpu; /* ns that it has used so far, to a tick of the kernel's clock */
};

/* Returns whether it runs; if it is not known to, `alive` is not set. */
bool alive_read(struct alive *alive, const struct recorded_process *process);

#endif
