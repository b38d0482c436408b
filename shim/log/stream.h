/*
 * stream.h: one stream of records in memory-mapped chunk files (trace_format.h).
 *
 * A stream belongs to one thread, which alone may use it. No lock, no allocation from the heap, no
 * stdio; a system call only where a chunk is full. What was committed is in the file whatever
 * happens to the process. When the disk ends, recording ends, and the program goes on.
 *
 * A signal handler may interrupt its thread anywhere in here: what it wants to record then is
 * counted as discarded. Between stream_reserve and stream_commit is therefore no system call, at
 * whose end the kernel delivers signals: of a child that has closed its pipe and ends, say, when
 * the read of that pipe is recorded. It may also leave by siglongjmp; the record that it
 * interrupted is lost then.
 */
#ifndef LOG_STREAM_H
#define LOG_STREAM_H

#include "sys/check.h"
#include "sys/text.h"

#include <greq/trace_format.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A mapped chunk. One with records that calls in progress will complete stays mapped until they
 * have, however far the stream has gone on. */
struct chunk {
    struct chunk *next_pinned;
    struct trace_packet *packet; /* the mapping */
    uint32_t size, used;         /* bytes */
    uint32_t ready;              /* bytes that are written to at once */
    uint32_t records;
    uint32_t open_records; /* to be completed in place */
    uint32_t before;       /* bytes used, before the last record */
    bool retired;
};

/* Bounds the number of chunks that a stream keeps, so that their records can be counted here. */
#define STREAM_MAX_CHUNKS 128

struct stream {
    struct chunk *current;
    struct chunk *pinned;
    struct chunk first; /* chunk 0: the only one of most streams needs no memory of its own */
    uint64_t limit;     /* bytes to keep, 0: all of it */
    uint64_t kept;      /* bytes in the directory */
    uint64_t discarded;
    uint64_t last;                       /* time of the last record */
    uint32_t thread;                     /* as in struct trace_packet */
    uint32_t oldest, next;               /* numbers of chunks */
    uint32_t records[STREAM_MAX_CHUNKS]; /* of chunk n at n % STREAM_MAX_CHUNKS, once it is full */
    /* Called before the file of the first chunk is deleted, which stays mapped: false keeps it
     * until the next chunk is made. Or NULL. */
    bool (*first_goes)(const struct trace_packet *first);
    bool busy;
    bool ended;
    struct text hidden, path; /* of the chunk that is being made: too large for some stacks */
};

/* Whom the chunks are named after, and where they go. Set by log_open, and anew in a forked child.
 */
struct stream_origin {
    const char *dir;
    uint32_t pid;
    uint64_t start; /* ns */
};
extern struct stream_origin stream_origin;

/* Called once per stream when a chunk cannot be had: errno value. */
extern void (*stream_on_full)(const struct stream *stream, int error);

/*
 * Room for a record of `size` bytes, its head filled in. NULL when there is none.
 * A time before the last record's (a signal handler came in between) becomes the last record's.
 * Until stream_commit the record is not in the trace. `chunk`, when not NULL, receives the chunk,
 * which then stays mapped until stream_release.
 */
void *stream_reserve(struct stream *stream, size_t size, enum trace_event_id id, uint64_t time,
                     uint32_t task, struct chunk **chunk);

/* Makes the stream's first chunk, if there is none: what fits into it needs no file any more. */
void stream_open(struct stream *stream, uint64_t time);

/* ---- the same without a call, for the most frequent record ---- */

/* Where the next record begins. */
static inline uint32_t chunk_next_place(const struct chunk *chunk)
{
    return (chunk->used + 7) & ~7u;
}

static inline bool chunk_has_place(const struct chunk *chunk, size_t size)
{
    return chunk && chunk->ready >= chunk_next_place(chunk) + size;
}

/* In `chunk`, the current one, which has a place for it, while the stream is busy. */
static inline void *stream_place(struct stream *stream, struct chunk *chunk, size_t size,
                                 enum trace_event_id id, uint64_t time, uint32_t task,
                                 struct chunk **pinned)
{
    uint32_t at = chunk_next_place(chunk);
    struct trace_record *record = (void *)((char *)chunk->packet + at);
    chunk->before = chunk->used;
    chunk->used = at + (uint32_t)size;
    chunk->records++;
    if (pinned) {
        chunk->open_records++;
        *pinned = chunk;
    }
    if (time > stream->last)
        stream->last = time;
    else
        time = stream->last;
    record->time = time;
    record->id = id;
    record->task = task;
    return record;
}

/* As stream_reserve, but NULL where that would take more than filling in the head. */
static inline void *stream_reserve_here(struct stream *stream, size_t size, enum trace_event_id id,
                                        uint64_t time, uint32_t task, struct chunk **pinned)
{
    if (__builtin_expect(stream->busy || stream->ended, 0))
        return NULL;
    stream->busy = true;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    struct chunk *chunk = stream->current;
    if (__builtin_expect(chunk_has_place(chunk, size), 1))
        return stream_place(stream, chunk, size, id, time, task, pinned);
    stream->busy = false;
    return NULL;
}

static inline void *stream_reserve_at_once(struct stream *stream, size_t size,
                                           enum trace_event_id id, uint64_t time, uint32_t task,
                                           struct chunk **pinned)
{
    void *record = stream_reserve_here(stream, size, id, time, task, pinned);
    return record ? record : stream_reserve(stream, size, id, time, task, pinned);
}

/* Ends what stream_reserve began. */
static inline void stream_commit(struct stream *stream)
{
    struct chunk *chunk = stream->current;
    CHECK(chunk->used <= chunk->size);
    __atomic_store_n(&chunk->packet->content_bits, (uint64_t)chunk->used * 8, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    stream->busy = false;
}

/* Whether a record of `size` bytes, and padding, fits into what is mapped; then no system call is
 * made for what fits there. */
bool stream_confine(struct stream *stream, size_t size);

/* The last record that a chunk was kept for has been completed. */
void stream_unpin(struct stream *stream, struct chunk *chunk);

/* A record that was reserved with its chunk has been completed. Busy meanwhile: a signal handler's
 * record might make the stream go on to its next chunk. */
static inline void stream_release(struct stream *stream, struct chunk *chunk)
{
    CHECK(chunk->open_records);
    stream->busy = true;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    chunk->open_records--;
    if (__builtin_expect(chunk->retired, 0) && !chunk->open_records)
        stream_unpin(stream, chunk);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    stream->busy = false;
}

/* The same, and takes the record away again if nothing was recorded after it. Returns whether it
 * was; if not, the record is still to be completed and released. */
bool stream_withdraw(struct stream *stream, struct chunk *chunk, const void *record);

/* The time of what was recorded after a record that is pinned in `chunk`; 0: nothing was, or in
 * another chunk. */
uint64_t stream_time_after(const struct chunk *chunk, const void *record, size_t size);

/* Says in the last chunk that there was no room for more. */
void stream_mark_cut(struct stream *stream);

/* Unmaps all chunks. Calls in progress must not complete their records afterwards. */
void stream_close(struct stream *stream);

#endif
