/*
 * temporary.h: what greq keeps in $TMPDIR or /tmp while it runs: a file, or a directory for a trace
 * that nobody wants to keep. One that was killed leaves it there, for the next one to remove.
 */
#ifndef LAUNCH_TEMPORARY_H
#define LAUNCH_TEMPORARY_H

#include "base/error.h"

#include <limits.h>

struct temporary {
    char path[PATH_MAX];
    int fd; /* holds a lock: whoever finds the path knows by it that it is in use */
};

/* Makes an empty one. `name` is a part of its name: "hello", "check" or "doctor", which are swept.
 * Returns 0; or -1 with `error` set. */
int temporary_make_file(struct temporary *temporary, const char *name, struct error *error);
int temporary_make_directory(struct temporary *temporary, const char *name, struct error *error);

/* Removes it, with all that is in it. */
void temporary_remove(struct temporary *temporary);

/* Removes those of this user that nobody uses any more; none from a folder of another user, or one
 * where others may rename them. */
void temporary_sweep(void);

#endif
