/*
 * kept.h: room in the things of the model for what listeners keep about them.
 *
 * A listener has a number of its own, and under it one piece of memory with each process, thread,
 * task, connection and call that it wants to remember something about. The model knows nothing of
 * it, and frees it together with the thing. A call is used again for a later one, with what is kept
 * there as it is. Connections are looked at in each call: what is kept with one is there from its
 * begin, and lies behind it in one piece (struct listener has the sizes).
 */
#ifndef MODEL_KEPT_H
#define MODEL_KEPT_H

#include "base/memory.h"

#include <stddef.h>
#include <stdlib.h>

enum { KEPT_MAX = 20 };

/* All zeros: nothing is kept. */
struct kept {
    void *items[KEPT_MAX];
};

/* What is kept under a number; of so many bytes, zeros, when it is new. */
static inline void *kept_get(struct kept *kept, unsigned number, size_t size)
{
    if (!kept->items[number])
        kept->items[number] = memory_alloc(1, size);
    return kept->items[number];
}

/* The same where it is there already. */
static inline void *kept_of(const struct kept *kept, unsigned number)
{
    return kept->items[number];
}

static inline void kept_free(struct kept *kept)
{
    for (size_t i = 0; i < KEPT_MAX; i++)
        free(kept->items[i]);
    *kept = (struct kept){{0}};
}

#endif
