/*
 * slots.h: under which number each account keeps what it remembers with the things of the model
 * (model/kept.h).
 */
#ifndef ACCOUNT_SLOTS_H
#define ACCOUNT_SLOTS_H

#include "model/kept.h"

enum slot {
    SLOT_BALANCE,
    SLOT_GAP,
    SLOT_BLOCKING,
    SLOT_COMPUTING,
    SLOT_SERVED,
    SLOT_STRETCH,
    SLOT_INTERPRETER,
    SLOT_OWN_WAITS,
    SLOT_NESTED,
    SLOT_LOOP,
    SLOT_SERIAL,
    SLOT_REPLAY,
    SLOT_CONCURRENCY,
    SLOT_POOL,
    SLOT_JOB,
    SLOT_TIMELINE,
    SLOT_PHASES,
    SLOT_LOOKUPS,
    SLOT_CRITICAL,
    SLOT_SHARING,
    SLOT_SHAPES,
    SLOTS,
};

_Static_assert((int)SLOTS <= (int)KEPT_MAX, "there is no room for all accounts in struct kept");

#endif
