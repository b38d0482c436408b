/*
 * fall_through.h: why calls of greenlets were the real, blocking ones; counted for the report.
 */
#ifndef HOST_FALL_THROUGH_H
#define HOST_FALL_THROUGH_H

#include <stdint.h>

enum fall_through {
    FALL_NO_PYTHON, /* the interpreter is starting or ending, or there are several */
    FALL_NO_HUB,
    FALL_IN_HUB,
    FALL_STANDARD_STREAM,
    FALL_EXCLUSIVE, /* in a place that does not tell the tasks of a thread apart */
    FALL_FORKED,    /* in a child that has not let its greenlets run */
    FALL_FAILED,    /* out of memory or descriptors, a hub that does not work */
    FALL_COUNT
};

/* From any thread. */
void fall_through_add(enum fall_through reason);
uint64_t fall_through_count(enum fall_through reason);

/* As it is called in a trace. */
const char *fall_through_name(enum fall_through reason);

#endif
