/*
 * lookups.h: the account of names (docs/accounting.md, Q): which a process has looked up, what
 * addresses these have, and which connection follows from which look-up. A connection is known by
 * its address alone, and a look-up may be made by another thread than the one that connects.
 */
#ifndef ACCOUNT_LOOKUPS_H
#define ACCOUNT_LOOKUPS_H

#include "base/map.h"
#include "model/listener.h"

#include <stdbool.h>
#include <stdint.h>

/* What a connection that the program opened follows from. */
struct origin {
    const char *name;      /* of its host, as it was looked up; NULL: its address, or not known */
    const char *peer;      /* NULL: the program did not open it */
    struct thread *thread; /* that looked the name up for it; NULL: nobody did */
    uint64_t begun;        /* ns; when it did */
    uint64_t took;         /* ns */
};

struct lookups {
    struct listener listener; /* first */
    struct map texts;         /* by their hashes: those that are kept */
};

/* To be told before those who ask it. */
void lookups_begin(struct lookups *lookups);

const struct origin *lookups_origin(struct connection *connection);

/* Whether a loop on this thread goes on with what another thread has looked up for it. */
bool lookups_is_for_loop(struct connection *connection, const struct thread *loop);

/* A copy of a text that lives as long as the lookups; the same for the same text. Of very many it
 * is "…". */
const char *lookups_keep(struct lookups *lookups, const char *text);

void lookups_finish(struct lookups *lookups);

#endif
