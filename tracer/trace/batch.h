/*
 * batch.h: records that were read together, and the chunks that they end: those are let go of when
 * the records have been used.
 */
#ifndef TRACE_BATCH_H
#define TRACE_BATCH_H

#include "trace/chunk.h"

#include <stddef.h>
#include <stdint.h>

struct trace_stream;

/* What trace_next hands out. */
struct trace_event {
    const struct trace_stream *stream;
    const struct trace_record *record; /* valid until the next trace_next; NULL: the stream ends, or
                                          the call returns */
    uint64_t time; /* ns; the record's, but never less than that of the stream's last event */
    uint64_t last; /* the last time that it tells of: this one, or when the call returns */
    uint32_t call; /* number of the call that begins, or returns; 0: none, or none was asked for */
};

/* How many are read together, and how far ahead of its use a record is fetched. */
enum { BATCH_EVENTS = 512, BATCH_AHEAD = 8 };

/* All zeros: it is empty. */
struct batch {
    struct trace_event events[BATCH_EVENTS + BATCH_AHEAD]; /* the last ones stay zeros */
    size_t count;
    struct chunk *over; /* chunks that were read to their end */
    size_t over_count;
    size_t over_capacity;
};

/* Keeps a chunk with the records until they have been used. Leaves `*chunk` closed. */
void batch_keep(struct batch *batch, struct chunk *chunk);

/* All of them have been used. */
void batch_clear(struct batch *batch);

/* Releases what a batch holds. */
void batch_finish(struct batch *batch);

#endif
