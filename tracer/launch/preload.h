/*
 * preload.h: the value of LD_PRELOAD, and where libgreq.so is.
 */
#ifndef LAUNCH_PRELOAD_H
#define LAUNCH_PRELOAD_H

#include "base/error.h"

#include <limits.h>

/*
 * Makes the value of LD_PRELOAD that puts a library first.
 *
 * `old` is the user's value or NULL; its entries stay, but for one of the library's own name.
 * `runtime` is the sanitizer runtime that has to come before everything, or "": a bare name, which
 * the loader looks for as it does for the program's own libraries; an entry of the user's for the
 * same runtime is moved to the front instead. Released with free(3).
 */
char *preload_list(const char *old, const char *runtime, const char *library);

/*
 * Finds libgreq.so: next to this executable, else where it was installed relative to it, else where
 * the build said it would be installed.
 *
 * Returns 0; or -1 with `error` set (not found, or under a path that LD_PRELOAD cannot hold).
 */
int preload_find_library(char path[PATH_MAX], struct error *error);

#endif
