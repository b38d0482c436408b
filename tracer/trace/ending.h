/*
 * ending.h: how a process ended, as greq saw it that had started it: the file `.end.PID` of a
 * trace. Of other processes there is none.
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
