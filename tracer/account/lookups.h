/*
 * lookups.h: which names a process has looked up, and what addresses these have: a connection is
 * known by its address alone. And how long each look-up took, which is part of the first request
 * that follows from it.
 */
#ifndef ACCOUNT_LOOKUPS_H
#define ACCOUNT_LOOKUPS_H

#include "base/map.h"
#include "model/lifeline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process;

/* An address that a name was found to have. */
struct looked_up {
    const char *name;
    uint64_t address; /* a hash of its text, without the port */
    struct caller caller;
    uint64_t begun; /* ns */
    uint64_t took;  /* ns */
    bool claimed;   /* by a connection */
};

/* All zeros: nothing has been looked up. */
struct lookups {
    struct map texts; /* by their hashes: those that are kept */
};

/* A copy of a text that lives as long as the lookups; the same for the same text. Of very many it
 * is "…". */
const char *lookups_keep(struct lookups *lookups, const char *text);

/* A name was found to have an address, with a port behind it. */
void lookups_add(struct process *process, const struct looked_up *looked_up, const char *address);

/* What a connection to `peer` follows from: a look-up of its own, which no other connection has
 * claimed; or the last one that found this address (`*is_own` is false); or NULL. */
const struct looked_up *lookups_claim(struct process *process, const struct caller *caller,
                                      const char *peer, bool *is_own);

/* Whether a name is nothing but the address of a peer. */
bool lookups_is_address(const char *name, const char *peer);

void lookups_finish(struct lookups *lookups);

#endif
