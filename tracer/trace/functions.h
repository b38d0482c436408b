/*
 * functions.h: the names of the hooked functions of all metadata that is read together, each with
 * one small number. Two traces of different versions may number the same function differently.
 */
#ifndef TRACE_FUNCTIONS_H
#define TRACE_FUNCTIONS_H

#include "base/map.h"

#include <stddef.h>

struct function {
    char *name;
    char *role; /* what calls of it are; "" where that is not said */
    unsigned number;
    struct function *next; /* with the same hash */
};

struct functions {
    struct function **items; /* by number */
    size_t count;
    size_t capacity;
    struct map by_name;
};

/* The number of a name; a new one when the name was not seen before. `role` may be NULL; the first
 * one that a name comes with is its role. */
unsigned functions_number(struct functions *functions, const char *name, const char *role);

void functions_clear(struct functions *functions);

#endif
