/*
 * output.h: a file that a command writes: there as a whole, or not at all. It is written under
 * another name in the same directory and takes its own when it is complete, so that whoever waits
 * for it never reads half of it, and what was there before is not lost for a failure.
 *
 * What is no regular file is written to as it is.
 */
#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include "base/error.h"

#include <stdio.h>

struct output {
    FILE *stream;     /* to write to */
    const char *name; /* for messages */
    char *path;       /* of the file in the end; NULL: written to as it is */
    char *temporary;  /* of the file until then */
};

/*
 * Begins a file. `path` is kept and must outlive the output; NULL stands for standard output. What
 * is no regular file (a terminal, a pipe, /dev/null) is written to as it is.
 *
 * Returns 0, and the caller ends it with output_end; or -1 with `error` set.
 */
int output_begin(struct output *output, const char *path, struct error *error);

/* Puts the file in its place. Returns 0; or -1 with `error` set: nothing has changed then. */
int output_end(struct output *output, struct error *error);

/* Writes a line to standard output. The same. */
int output_line(const char *line, struct error *error);

#endif
