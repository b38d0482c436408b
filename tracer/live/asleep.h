/*
 * asleep.h: since when threads of other processes sleep.
 */
#ifndef LIVE_ASLEEP_H
#define LIVE_ASLEEP_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { ASLEEP_CPUS = CPU_SETSIZE };

/* What the clock of each processor shows, as far as it was asked. */
struct asleep_clocks {
    cpu_set_t own; /* where the caller may run */
    bool can_move;
    struct asleep_clock {
        double ms;   /* negative: not known */
        uint64_t at; /* ns, when it showed that; 0: it was not asked */
    } clocks[ASLEEP_CPUS];
};

/* Until asleep_end the caller may be moved to other processors, and only one thread may ask. */
void asleep_begin(struct asleep_clocks *clocks);
void asleep_end(const struct asleep_clocks *clocks);

/* How long a thread has slept, in s; negative: not known. `processor` is where it ran last. */
double asleep_read(struct asleep_clocks *clocks, pid_t process, pid_t thread, int processor);

/* When a thread ran last, in ms of its processor's clock, as the text of its `sched` in /proc has
 * it; negative: not known. */
double asleep_ran_last(const char *sched);

#endif
