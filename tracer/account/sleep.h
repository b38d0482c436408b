/*
 * sleep.h: the account of sleep, seen and unseen (docs/accounting.md, T).
 *
 * A thread's CPU clock is recorded after each long call: between two such samples it was off the
 * CPU for the time that passed less the CPU it used, and the hooks have seen of that what its calls
 * took, but no more than all of it: calls use CPU time as well.
 */
#ifndef ACCOUNT_SLEEP_H
#define ACCOUNT_SLEEP_H

#include "model/listener.h"

#include <stdbool.h>

struct sleep {
    struct listener listener; /* first */
    double off_cpu;           /* ns that threads were not on the CPU */
    double seen; /* part of it: in hooked calls, or idle because all tasks were parked */
    bool run_queue_known;
    double run_queue; /* part of off_cpu, as far as known: ready, but waiting for a processor */
};

void sleep_begin(struct sleep *sleep);

#endif
