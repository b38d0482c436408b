/*
 * trace_directory.h: makes the directory that a trace goes to.
 */
#ifndef LAUNCH_TRACE_DIRECTORY_H
#define LAUNCH_TRACE_DIRECTORY_H

#include "base/error.h"

#include <limits.h>

/*
 * Makes a directory with mode 0700, or takes one that is there and empty, but for what a launcher
 * left that was killed before its program recorded anything.
 *
 * `absolute` receives its absolute path. Returns 0; or -1 with `error` set.
 */
int trace_directory_make(char absolute[PATH_MAX], const char *path, struct error *error);

/* Removes it if nothing was written to it. */
void trace_directory_drop(const char *path);

#endif
