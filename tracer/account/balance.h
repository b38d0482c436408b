/*
 * balance.h: the account of each thread's time (docs/accounting.md, T): where all of it went, from
 * the thread's begin to its end, by the kernel's counts.
 *
 * Between two samples a thread was off the CPU for the time that passed less the CPU time that it
 * used. Its calls have seen of that what they took, but no more than all of it: they use CPU time
 * as well. What is left, and no time in the run queue, was not seen.
 */
#ifndef ACCOUNT_BALANCE_H
#define ACCOUNT_BALANCE_H

#include "model/listener.h"

#include <stdbool.h>
#include <stdint.h>

struct call;
struct thread;

/* ns. All but `wall` add up to it. */
struct balance {
    uint64_t wall;
    uint64_t cpu;
    uint64_t calls; /* off the CPU in hooked calls, but those that are next */
    uint64_t idle;  /* off the CPU in waits for many, or because all tasks were parked */
    uint64_t run_queue;
    uint64_t unseen;
    uint64_t unknown; /* the end of a thread that was killed: nobody counted it */
};

struct model;

struct balances {
    struct listener listener; /* first */
    const struct model *model;
    struct balance sum;
    uint64_t threads;
    bool run_queue_known;
};

void balances_begin(struct balances *balances, const struct model *model);

/* Of each call (account/accounts.c). */
void balance_end_call(const struct call *call);

/* Valid when all has been told. */
const struct balance *balance_of(struct thread *thread);

/* ns that were not seen up to the last sample, as far as is known by then. */
uint64_t balance_unseen(struct thread *thread);

/* Of the time off the CPU that is worth a share, that which was seen; 1 if there was none. */
double balance_coverage(const struct balance *balance);

#endif
