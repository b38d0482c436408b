/*
 * kept.h: room in the things of the model for what listeners keep about them.
 *
 * A listener has a number of its own, and under it one piece of memory with each process, thread,
 * task, connection and call that it wants to remember something about. The model knows nothing of
 * it, and frees it together with the thing. A call is used again for a later one, with what is kept
 * there as it is.
 *
 * Threads and connections are looked at in each call. What a listener keeps with each of them lies
 * behind them in one piece, if it has said how much that is (struct listener), from their begin on.
 */
#ifndef MODEL_KEPT_H
#define MODEL_KEPT_H

#include "base/memory.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum { KEPT_MAX = 24 };

/* All zeros: nothing is kept. */
struct kept {
    void *items[KEPT_MAX];
    uint32_t behind; /* bit n: item n lies behind the thing */
};

/* How much is kept with each thing of one sort, by the listeners' numbers; 0: it is not said. */
struct kept_sizes {
    size_t items[KEPT_MAX];
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

/* Zeroed memory for a thing of so many bytes, with what is kept behind it; the thing's own `kept`
 * is to become `*kept`. */
static inline void *kept_allocate(size_t size, const struct kept_sizes *sizes, struct kept *kept)
{
    enum { ALIGNED = 8 };
    size_t places[KEPT_MAX], end = size;
    for (size_t i = 0; i < KEPT_MAX; i++) {
        places[i] = (end + ALIGNED - 1) / ALIGNED * ALIGNED;
        end = places[i] + sizes->items[i];
    }
    char *thing = memory_alloc(1, end);
    *kept = (struct kept){.behind = 0};
    for (size_t i = 0; i < KEPT_MAX; i++)
        if (sizes->items[i]) {
            kept->items[i] = thing + places[i];
            kept->behind |= UINT32_C(1) << i;
        }
    return thing;
}

static inline void kept_free(struct kept *kept)
{
    for (size_t i = 0; i < KEPT_MAX; i++)
        if (!(kept->behind >> i & 1))
            free(kept->items[i]);
    *kept = (struct kept){.behind = 0};
}

#endif
