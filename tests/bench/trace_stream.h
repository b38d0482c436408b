/*
 * trace_stream.h: one stream of a generated trace, written to its chunk files as libgreq.so would
 * write it. Knows the layout of chunks, and nothing of what is recorded in them.
 */
#ifndef BENCH_TRACE_STREAM_H
#define BENCH_TRACE_STREAM_H

#include <greq/trace_format.h>

#include <stddef.h>

struct trace_stream {
    const char *directory;
    struct trace_packet packet;
    unsigned char *chunk; /* the one that is being filled */
    size_t used;          /* a multiple of 8: where the next record goes */
    size_t content;       /* without the padding behind the last text */
    uint64_t records;     /* so far, of all chunks */
};

/* Begins the stream of a thread of a process, which started at `start` (ns); thread 0 is the main
 * one. `directory` must outlive the stream. */
void trace_stream_begin(struct trace_stream *stream, const char *directory, uint32_t pid,
                        uint32_t thread, uint64_t start);

/* Appends a record of `size` bytes, completed with `more_size` bytes of an array or texts. */
void trace_stream_add(struct trace_stream *stream, const struct trace_record *record, size_t size,
                      const void *more, size_t more_size);

/* Writes what is left and releases the memory. */
void trace_stream_end(struct trace_stream *stream);

#endif
