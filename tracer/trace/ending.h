/*
 * ending.h: how a process ended, as greq saw it that had started it: the file `.end.PID` of a
 * trace. Of other processes there is none.
 *
 * A killed process's chunks cannot say it. The model counts calls in progress up to that time.
 * Without the file, a later process of the same pid means exec; otherwise the end is unknown, and
 * the report says so.
 */
#ifndef TRACE_ENDING_H
#define TRACE_ENDING_H

#include <stdbool.h>
#include <stdint.h>

struct ending {
    uint64_t time; /* ns */
    uint64_t cpu;  /* ns that it had used, and the children it waited for */
    bool killed;
    unsigned code; /* the signal's number if it was killed, else the exit status */
};

/* Reads the file from an open directory. Returns whether it is there and whole. */
bool ending_read(struct ending *ending, int directory, uint32_t pid);

#endif
