/*
 * reader.h: the records of one or more trace directories, in the order of their time.
 *
 * Owns the directories, and maps one chunk of each stream that has begun and not ended, and those
 * of the records in use; nothing is kept of what was read. Any bytes may be in the files: what is
 * damaged is warned of and skipped.
 */
#ifndef TRACE_READER_H
#define TRACE_READER_H

#include "base/heap.h"
#include "trace/ahead.h"
#include "trace/batch.h"
#include "trace/chunk.h"
#include "trace/directory.h"
#include "trace/functions.h"
#include "trace/returns.h"

#include <stdbool.h>

/* One thread of one process, or a process's own stream. */
struct trace_stream {
    size_t index; /* in trace.streams */
    uint32_t pid;
    uint32_t tid;
    uint32_t thread; /* or TRACE_PROCESS_THREAD */
    uint64_t process_start;
    size_t directory;   /* in trace.directories */
    uint64_t discarded; /* records that the writer had to drop; exact when the stream has ended */
    bool cut;           /* recording ended early; known when the stream has ended */

    /* for the reader alone */
    const struct chunk_file *files; /* of this stream, those not opened yet */
    size_t files_left;
    struct chunk chunk; /* open when chunk.bytes is not NULL */
    const struct trace_record *record;
    uint64_t time; /* of the record; never goes back */
};

struct trace {
    struct directory *directories;
    size_t directory_count;
    struct trace_stream *streams; /* all of them, from the start */
    size_t stream_count;
    struct functions functions;
    uint64_t size; /* of all chunks, in bytes */
    uint64_t done; /* of it, what has been read; another thread may look, with an atomic load */

    /* for the reader alone */
    size_t stream_capacity;
    unsigned **function_numbers; /* by directory and the number in its metadata */
    struct trace_warnings warnings;
    struct heap waiting;          /* streams by the time of their record */
    struct trace_stream *current; /* whose record was read last */
    struct trace_stream *picked;  /* whose turn it is */
    bool has_returns;             /* they were asked for */
    struct returns returns;
    struct ahead ahead;
    const struct batch *batch;            /* in use; NULL: none was read yet */
    const struct trace_event *next, *end; /* those of its events that were not taken yet */
};

/*
 * Opens traces to be read together.
 *
 * Returns 0, and the caller releases `trace` with trace_close; or -1 with `error` set: a directory
 * that is missing, is no trace, or is of a newer format.
 */
int trace_open(struct trace *trace, char *const paths[], size_t count,
               const struct trace_warnings *warnings, struct error *error);

/*
 * Asks for returns as well, before the first event is read: an event of its own for each call, and
 * each sleep of a scheduler, whose record tells when it is over. It has no record, and the number
 * that the event had with which the call began.
 */
void trace_ask_returns(struct trace *trace);

/* The returns up to then come before an event of a record. Who ended a wait is told at its end: it
 * is still there then. */
static inline uint64_t trace_settled_by(const struct trace_event *event)
{
    return event->time - (event->record->id == TRACE_LOCK && event->time);
}

/* Reads on when a batch is used up. Returns false when there is no more. */
bool trace_read(struct trace *trace);

/* The next event, valid until the next call, or NULL. */
static inline const struct trace_event *trace_take(struct trace *trace)
{
    if (trace->next == trace->end && !trace_read(trace))
        return NULL;
    const struct trace_event *event = trace->next++;
    __builtin_prefetch(event[BATCH_AHEAD].record);
    return event;
}

/*
 * Reads the next event. Returns false when there is none.
 *
 * Each stream's last event has no record, and neither has a return. Records are in the order of
 * their time, as far as each stream's are.
 */
static inline bool trace_next(struct trace *trace, struct trace_event *event)
{
    const struct trace_event *next = trace_take(trace);
    if (next)
        *event = *next;
    return next != NULL;
}

enum { UNKNOWN_FUNCTION, MARK_FUNCTION, EXIT_FUNCTION, RETURN_FUNCTION };

/* What is no call, as in struct trace_sample. */
static inline unsigned trace_function_of_none(uint16_t call)
{
    switch (call) {
    case TRACE_NO_CALL:
        return MARK_FUNCTION;
    case TRACE_EXIT:
        return EXIT_FUNCTION;
    case TRACE_RETURN:
        return RETURN_FUNCTION;
    default:
        return UNKNOWN_FUNCTION;
    }
}

/* The number in trace.functions of what trace_call.call stands for in a directory. */
static inline unsigned trace_function(const struct trace *trace, size_t directory, uint16_t call)
{
    if (call >= trace->directories[directory].metadata.name_count)
        return trace_function_of_none(call);
    return trace->function_numbers[directory][call];
}

void trace_close(struct trace *trace);

#endif
