/*
 * asleep.c: the scheduler notes when a thread has run last (exec_start), by a clock that each
 * processor has for itself: it leaves out what interrupts and the host of a virtual machine took,
 * so that two of them come to differ by seconds. What such a clock shows now is known of the thread
 * that runs there: this one, which goes there to ask. It may go slower than others do, so a time
 * may be too short by some per cent, and is never too long.
 */
#include "live/asleep.h"

#include "base/kernel_clock.h"
#include "live/thread.h"

#include <stdlib.h>
#include <string.h>

/* 0: the kernel has forgotten it, as it does where it moves a thread to another processor. */
double asleep_ran_last(const char *sched)
{
    const char *line = strstr(sched, "se.exec_start");
    const char *colon = line ? strchr(line, ':') : NULL;
    double ms = colon ? atof(colon + 1) : 0;
    return ms > 0 ? ms : -1;
}

static double read_ran_last(pid_t process, pid_t thread)
{
    char text[4096];
    return live_thread_read_file(process, thread, "sched", text, sizeof text)
               ? asleep_ran_last(text)
               : -1;
}

void asleep_begin(struct asleep_clocks *clocks)
{
    memset(clocks, 0, sizeof *clocks);
    clocks->can_move = !sched_getaffinity(0, sizeof clocks->own, &clocks->own);
}

void asleep_end(const struct asleep_clocks *clocks)
{
    if (clocks->can_move)
        sched_setaffinity(0, sizeof clocks->own, &clocks->own);
}

static void ask(struct asleep_clocks *clocks, struct asleep_clock *clock, int processor)
{
    cpu_set_t there;
    CPU_ZERO(&there);
    CPU_SET(processor, &there);
    clock->ms = clocks->can_move && !sched_setaffinity(0, sizeof there, &there)
                    ? read_ran_last(getpid(), getpid())
                    : -1;
    clock->at = kernel_clock_read(CLOCK_MONOTONIC);
}

double asleep_read(struct asleep_clocks *clocks, pid_t process, pid_t thread, int processor)
{
    if (processor < 0 || processor >= ASLEEP_CPUS)
        return -1;
    struct asleep_clock *clock = &clocks->clocks[processor];
    double last = read_ran_last(process, thread);
    if (last >= 0 && !clock->at)
        ask(clocks, clock, processor);
    if (last < 0 || clock->ms < 0)
        return -1;
    double now = clock->ms + (double)(kernel_clock_read(CLOCK_MONOTONIC) - clock->at) / 1e6;
    return now < last ? 0 : (now - last) / 1e3;
}
