/*
 * returns.h: the calls that have begun and whose return is still to come, by its time. Each has a
 * number, which another one may get when it has returned.
 */
#ifndef TRACE_RETURNS_H
#define TRACE_RETURNS_H

#include "base/heap.h"
#include "trace/batch.h"

/* All zeros: there are none. */
struct returns {
    struct heap calls;
    uint32_t *unused; /* numbers */
    size_t unused_count;
    size_t unused_capacity;
    uint32_t numbers; /* so many were given out at once */
};

/* Numbers the call that begins with an event, if it is one whose end is known. */
void returns_add(struct returns *returns, struct trace_event *event);

/* Makes the first return that comes up to a time the next event. Returns false if there is none. */
bool returns_take(struct returns *returns, uint64_t until, struct trace_event *event);

void returns_clear(struct returns *returns);

#endif
