/*
 * deep.h: calls of what is opened with RTLD_DEEPBIND, as PHP opens its extensions. For such an
 * object and the libraries that come with it the loader looks into these first, finds libc there,
 * and leads their calls past the hooks. They are led to the hooks afterwards; what else the flag
 * does stays as it is.
 */
#ifndef REAL_DEEP_H
#define REAL_DEEP_H

#include <stddef.h>

/* How many objects are loaded. The loader's list grows at its end. */
size_t deep_count_objects(void);

/* Leads calls of libc's functions to the hooks, of all objects but the first `known`. Any thread,
 * no handler. */
void deep_lead(size_t known);

#endif
