/*
 * temporary.h: a directory for a trace that nobody wants to keep.
 */
#ifndef CMD_TEMPORARY_H
#define CMD_TEMPORARY_H

#include "base/error.h"

#include <limits.h>

/* Makes an empty directory in $TMPDIR or /tmp. Returns 0; or -1 with `error` set. */
int temporary_make(char path[PATH_MAX], struct error *error);

/* Removes it, with all that is in it. */
void temporary_remove(const char *path);

#endif
