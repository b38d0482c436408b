/*
 * deep.h: calls of what is opened with RTLD_DEEPBIND, as PHP opens its extensions. For such an
 * object and the libraries that come with it the loader looks into these first, finds libc there,
 * and leads their calls past the hooks. They are led to the hooks afterwards; what else the flag
 * does stays as it is.
 */
#ifndef REAL_DEEP_H
#define REAL_DEEP_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>

/* How many objects are loaded (`count`): the loader's list grows at its end. Returns whether the
 * one that has the address `caller` has no DT_RPATH: the loader looks there for what comes with
 * whatever it opens. */
bool deep_may_open(const void *caller, size_t *count);

/* Leads calls of libc's functions to the hooks, of what was opened and of what it needs, but of the
 * first `known` objects: what else is there another thread may still be loading. Any thread, no
 * handler. */
void deep_lead(const struct link_map *opened, size_t known);

#endif
