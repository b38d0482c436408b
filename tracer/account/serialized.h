/*
 * serialized.h: the account of serialized time (docs/accounting.md, S): how long connections
 * waited for their thread, and behind which calls.
 *
 * Seconds of the run are booked once for each site (S), however many waited; seconds of waiting are
 * booked for each who waited (W).
 */
#ifndef ACCOUNT_SERIALIZED_H
#define ACCOUNT_SERIALIZED_H

#include "account/victims.h"
#include "model/listener.h"

struct call;
struct books;
struct site;

struct serialized {
    struct listener listener; /* first */
    struct books *books;
    struct victims *victims; /* by the number of the place (model/site.h) */
    size_t capacity;
    uint64_t waits; /* so far: a number for each */
};

void serialized_begin(struct serialized *serialized, struct books *books);

/* Of each call (account/accounts.c). */
void serialized_begin_call(struct serialized *serialized, struct call *call);

/* Who waited longest behind a site; NULL: nobody did. */
const struct victims *serialized_victims(const struct serialized *serialized,
                                         const struct site *site);

void serialized_finish(struct serialized *serialized);

#endif
