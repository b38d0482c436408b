/*
 * tasks.h: what the programs that use greq's tasks have in common.
 */
#ifndef TASKS_H
#define TASKS_H

#include "bench.h"

#include <greq/greq.h>

/* Alone such a program would do one task after another, which is not what is measured here; and a
 * task that waits for another one would wait for ever. */
static inline void tasks_require(void)
{
    if (!greq_active())
        bench_fail("tasks are not cooperative: run it with LD_PRELOAD=.../libgreq.so");
}

#endif
