/*
 * dead.h: the account of addresses that did not answer (docs/accounting.md, D): connections that
 * were given up, or failed, before they were open, by peer.
 */
#ifndef ACCOUNT_DEAD_H
#define ACCOUNT_DEAD_H

#include "base/map.h"
#include "model/listener.h"

#include <stddef.h>

/* An address, and what was waited for it in vain. */
struct dead_peer {
    char *peer;
    uint64_t attempts;
    uint64_t waited; /* ns */
};

struct dead {
    struct listener listener; /* first */
    struct map by_peer;
    struct dead_peer **items;
    size_t count;
    size_t capacity;
};

void dead_begin(struct dead *dead);
void dead_finish(struct dead *dead);

#endif
