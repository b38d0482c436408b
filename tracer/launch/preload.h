/*
 * preload.h: the value of LD_PRELOAD, and where libgreq.so is.
 */
#ifndef LAUNCH_PRELOAD_H
#define LAUNCH_PRELOAD_H

#include "base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Makes the value of LD_PRELOAD that puts a library first.
 *
 * `old` is the user's value or NULL; its entries stay, but for one of the library's own name.
 * `runtime` is the sanitizer runtime that has to come before everything, or "": a bare name, which
 * the loader looks for as it does for the program's own libraries; an entry of the user's for the
 * same runtime is moved to the front instead. Released with free(3).
 */
char *preload_list(const char *old, const char *runtime, const char *library);

/* What the user would preload, and greq as well. */
#define PRELOAD_VARIABLE "LD_PRELOAD"

/* Names of preloads, as a user or the system gave them: bare names, or paths. */
struct preload_names {
    char **items;
    size_t count, capacity;
};

/* Adds the entries of a value of LD_PRELOAD, which may be NULL. */
void preload_names_add(struct preload_names *names, const char *list);

/* Adds those of /etc/ld.so.preload, which the loader takes for every program. */
void preload_names_add_system(struct preload_names *names);

bool preload_names_have(const struct preload_names *names, const char *name);

void preload_names_finish(struct preload_names *names);

/*
 * Finds libgreq.so: next to this executable, else where it was installed relative to it, else where
 * the build said it would be installed.
 *
 * Returns 0; or -1 with `error` set (not found, or under a path that LD_PRELOAD cannot hold).
 */
int preload_find_library(char path[PATH_MAX], struct error *error);

#endif
