/*
 * directory.h: what is in one trace directory: its metadata, and its chunk files in reading order.
 * Opens the directory and keeps it open, so that a later chdir or rename does not matter.
 */
#ifndef TRACE_DIRECTORY_H
#define TRACE_DIRECTORY_H

#include "trace/metadata.h"

#include <greq/trace_format.h>

/* Told of each thing that is wrong with a trace but does not prevent reading it: one line, no
 * newline. */
struct trace_warnings {
    void (*warn)(void *data, const char *line);
    void *data;
};

struct chunk_file {
    char *name;
    struct trace_packet header; /* as it was when the directory was read */
};

struct directory {
    char *path; /* as the user gave it */
    int fd;
    struct metadata metadata;
    struct chunk_file *files; /* the chunks of a stream stand together, in order */
    size_t file_count;
    size_t file_capacity;
    size_t refused; /* files that are no chunks, or cannot be read */
};

/*
 * Opens a trace directory.
 *
 * Files that are no chunks, or the same chunk again, are warned of and left out; chunks that are
 * missing between others are warned of. Hidden files and subdirectories are nobody's business.
 *
 * Returns 0, and the caller releases `directory` with directory_close; or -1 with `error` set
 * (missing, unreadable, not a trace, a newer format).
 */
int directory_open(struct directory *directory, const char *path,
                   const struct trace_warnings *warnings, struct error *error);

void directory_close(struct directory *directory);

/* Passes on one warning about a file of the directory. */
void directory_warn(const struct directory *directory, const char *name, const char *what,
                    const struct trace_warnings *warnings);

/* Whether two chunks belong to the same stream. */
int directory_same_stream(const struct trace_packet *a, const struct trace_packet *b);

#endif
