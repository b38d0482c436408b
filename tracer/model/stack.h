/*
 * stack.h: what looks alike with names for addresses: the calls of a function from one stack, from
 * whichever process and at whatever addresses.
 */
#ifndef MODEL_STACK_H
#define MODEL_STACK_H

#include "model/site.h"
#include "symbol/symbols.h"

struct call_group {
    size_t number;     /* in model.groups */
    unsigned function; /* in trace.functions */
    size_t depth;
    const struct frame **stack; /* innermost first; equal frames are the same pointer */
    const char *refuser;        /* as in struct site, which owns it */
    struct descriptor on;       /* as in struct site */
    struct names tasks;         /* the same */
    struct call_totals totals;
    bool awaits_room;                                  /* site_awaits_room */
    struct refused_calls refused[TRACE_REFUSAL_COUNT]; /* by enum trace_refusal */
    struct call_group *next;                           /* with the same hash */
};

/* The frame that a reader wants to see: the innermost that is not of a runtime library. Where that
 * is an address without a name and Python called it, the innermost Python function. */
const struct frame *group_call_site(const struct call_group *group);

/* The innermost frame of the program's own code, if it is not that one; else NULL. */
const struct frame *group_own_site(const struct call_group *group);

#endif
