/*
 * victims.h: the connections that waited longest behind a call site.
 */
#ifndef ACCOUNT_VICTIMS_H
#define ACCOUNT_VICTIMS_H

#include <stddef.h>
#include <stdint.h>

/* A connection that waited behind a site; `peer` is a copy. */
struct site_victim {
    uint64_t connection; /* its number */
    char *peer;
    uint64_t waited; /* ns */
};

/* Those that waited longest, in no order. All zeros: nobody did. */
enum { VICTIMS_MAX = 8 };
struct victims {
    struct site_victim items[VICTIMS_MAX];
    size_t count;
    uint64_t waits;   /* of all of them, those included that are not listed */
    uint64_t woken;   /* wake-ups and timers of the thread's own that waited */
    uint64_t counted; /* the last one, by a number of the account's */
};

/* Adds a wait to those that are kept, if it is one of the longest. Copies `peer`. */
void victims_add(struct victims *victims, uint64_t connection, const char *peer, uint64_t waited);

/* Adds the waits behind another site. */
void victims_merge(struct victims *victims, const struct victims *more);

void victims_finish(struct victims *victims);

#endif
