/*
 * named_stack.h: the frames of a site, by names.
 *
 * Where lines are read, the interpreter's own functions are no part of a stack, Python's frames
 * stand in their place: CPython calls from other addresses once it has compiled a loop anew. Of
 * PyPy, whose lines are not read, no more counts than where it calls from: what is above that is an
 * interpreter at first, and code that was made at run time later, at which a stack ends.
 */
#ifndef MODEL_NAMED_STACK_H
#define MODEL_NAMED_STACK_H

#include "base/map.h"
#include "symbol/symbols.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct site;

/* Where names come from. */
struct namer {
    struct symbols *symbols; /* the caller's */
    bool is_over;            /* of each process the end is known, if it is known at all */
    struct map made;         /* struct perf_map by process, of those that made code at run time */
};

struct named_frame {
    const struct frame *frame;
    uint64_t offset; /* where in its module, if no line tells it from other calls there; else 0 */
};

/* A growing stack of frames, innermost first. All zeros is an empty one. */
struct named_stack {
    struct named_frame *items;
    size_t depth;
    size_t capacity;
    bool is_final; /* all was found in modules: later there are no better names for it */
};

/* Finds the frames of a site. The stack is emptied first. */
void named_stack_find(struct named_stack *stack, const struct site *site, struct namer *namer);

/* Of stacks with the same frames, wherever in their modules they call from, it is the same. */
uint64_t named_stack_hash(const struct named_stack *stack, unsigned function);

static inline bool named_frame_is_same(const struct named_frame *a, const struct named_frame *b)
{
    return a->frame == b->frame && a->offset == b->offset;
}

/* Releases what is kept for the namer, as much as has been read of the maps: 32 MB of text each at
 * most. It may be asked again: then they are read anew. */
void namer_finish(struct namer *namer);

#endif
