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

#include <stddef.h>
#include <stdint.h>

struct call;
struct books;
struct site;

/* Of a site: rounds of a thread that somebody waited for, and of which the longest stretch ended
 * there. */
struct rounds {
    uint64_t count;   /* of those with TRACE_COMPUTED_NS and more */
    uint64_t longest; /* ns, all that was computed in one of them */
    uint64_t all;     /* ns, in these together */
};

struct computing {
    struct listener listener; /* first */
    struct books *books;
    struct rounds *rounds; /* by the number of the site */
    size_t capacity;
    uint64_t *forks; /* ns, when it last forked, by the number of the process; 0: it never did */
    size_t fork_capacity;
};

void computing_begin(struct computing *computing, struct books *books);

/* Of each call (account/accounts.c). */
void computing_begin_call(struct computing *computing, struct call *call, uint64_t time);

struct rounds computing_rounds(const struct computing *computing, const struct site *site);

void computing_finish(struct computing *computing);

#endif
