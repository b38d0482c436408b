/*
 * computing.h: the account of computing (docs/accounting.md, C): how long a thread computed while
 * connections waited for it, and in which call that ended.
 *
 * Seconds of the run are booked once for each site (C), however many waited; seconds of waiting are
 * booked for each who waited (V). What was computed is known by samples, so a stretch of it lies
 * before the call at which the sample was taken: that is where it ended, and not what computed.
 */
#ifndef ACCOUNT_COMPUTING_H
#define ACCOUNT_COMPUTING_H

#include "model/listener.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct books;
struct process;
struct site;

/* Of a process; all zeros: nothing yet. */
struct computing_process {
    uint64_t forked; /* ns, when it last forked; 0: it never did */
    uint64_t opened; /* ns: the end of its start; see computing_is_start */
};

/* Of a site: rounds of a thread that somebody waited for, and of which the longest stretch ended
 * there. */
struct rounds {
    uint64_t count;   /* of those with TRACE_COMPUTED_NS and more */
    uint64_t longest; /* ns, all that was computed in one of them */
    uint64_t all;     /* ns, in these together */
    uint64_t until;   /* ns: nobody waited for what was computed after that */
};

struct computing {
    struct listener listener; /* first */
    struct books *books;
    struct rounds *rounds; /* by the number of the site */
    size_t capacity;
    struct computing_process *processes; /* by their numbers */
    size_t process_capacity;
};

void computing_begin(struct computing *computing, struct books *books);

/* Of each call (account/accounts.c). */
void computing_begin_call(struct computing *computing, struct call *call, uint64_t time);

struct rounds computing_rounds(const struct computing *computing, const struct site *site);

/* Whether all that was computed there and waited for was before the process opened the first of its
 * connections: it started, and no connection was there to wait. One that has none, or was asked
 * first, has no such start. */
bool computing_is_start(const struct computing *computing, const struct site *site);

void computing_finish(struct computing *computing);

#endif
