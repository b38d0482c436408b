/*
 * chunk.h: one chunk file of a trace, mapped and read record by record. Checks everything it hands
 * out against the size of the file; knows nothing of other chunks.
 *
 * The file may still be written to: what it held when it was opened is read, and what is handed
 * out does not change into another record. It must not shrink meanwhile, which no writer does.
 *
 * Of a long chunk only a window of what is read is in memory: a trace has a chunk of some megabytes
 * for each thread.
 */
#ifndef TRACE_CHUNK_H
#define TRACE_CHUNK_H

#include "base/error.h"

#include <greq/trace_format.h>

#include <stdbool.h>
#include <stddef.h>

struct chunk {
    const unsigned char *bytes; /* the mapping */
    size_t mapped;              /* its size */
    size_t content;             /* what of it is valid */
    size_t position;            /* of the record to read next */
    size_t window;              /* the end of what is in memory of it, if nothing is in the way */
    unsigned char *last;        /* a copy of what the writer may replace, or NULL: see chunk.c */
    bool cut;                   /* the file is shorter than its content; told at the end */
};

enum chunk_status { CHUNK_RECORD, CHUNK_END, CHUNK_DAMAGED };

/*
 * Reads and checks the header of a chunk file.
 *
 * Returns 0; or -1 with `error` set: unreadable, no regular file, no chunk, a newer format.
 */
int chunk_read_header(struct trace_packet *header, int directory, const char *name,
                      struct error *error);

/*
 * Maps a chunk file, at its first record. `chunk_close` releases the mapping.
 *
 * Returns 0; or -1 with `error` set and nothing to release.
 */
int chunk_open(struct chunk *chunk, int directory, const char *name, struct error *error);

void chunk_close(struct chunk *chunk);

/*
 * Reads the next record.
 *
 * `*record` stays valid until chunk_close. Returns CHUNK_RECORD, CHUNK_END, or once CHUNK_DAMAGED
 * with `error` saying where and what; then comes CHUNK_END.
 */
enum chunk_status chunk_next(struct chunk *chunk, const struct trace_record **record,
                             struct error *error);

#endif
