/*
 * frame_store.h: frames and their texts, each kept once, so that equal frames are equal pointers.
 */
#ifndef SYMBOL_FRAME_STORE_H
#define SYMBOL_FRAME_STORE_H

#include "base/map.h"
#include "symbol/symbols.h"

/* All zeros is an empty store. Owns the frames. */
struct frame_store {
    struct map by_hash;
};

/* The frame like this one. Its texts are copied when it is new; whether it is of a runtime follows
 * from its module. */
const struct frame *frame_store_get(struct frame_store *store, const struct frame *like);

void frame_store_finish(struct frame_store *store);

#endif
