/*
 * hello.h: how the launcher knows that the preload worked. The loader only warns when it cannot
 * preload, so the shim writes a line with its pid to a file that it finds in GREQ_HELLO.
 */
#ifndef LAUNCH_HELLO_H
#define LAUNCH_HELLO_H

#include "launch/temporary.h"

#include <stdbool.h>
#include <sys/types.h>

struct hello {
    struct temporary file;
};

/* Makes the file, empty. Returns 0; or -1 with `error` set. */
int hello_create(struct hello *hello, struct error *error);

/* Whether this process has written its line. */
bool hello_is_from(const struct hello *hello, pid_t pid);

/* Whether a line could be written to the file at all. Beyond a limit of files' sizes, or on a full
 * disk, it could not, and that there is none says nothing of the preload. */
bool hello_can_be_written(const struct hello *hello);

/* Removes the file. */
void hello_remove(struct hello *hello);

#endif
