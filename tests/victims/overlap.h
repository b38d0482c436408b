/*
 * overlap.h: the main() of the overlap_* victims: many tasks, each of which waits in one call.
 *
 * Usage: PROGRAM CASE TASKS WAIT_MS. Prints "N of N right" and the timing "elapsed".
 */
#ifndef VICTIMS_OVERLAP_H
#define VICTIMS_OVERLAP_H

#include <stdbool.h>

struct overlap_case {
    const char *name; /* of the function that waits */
    /* Makes one call that waits overlap_wait_ms; `index` tells the tasks apart. Returns whether the
     * call did what it should. */
    bool (*wait)(int index);
};

extern int overlap_wait_ms;

/* The list of cases ends with one that has no name. */
int overlap_main(int argc, char **argv, const struct overlap_case *cases);

#endif
