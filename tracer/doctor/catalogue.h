/*
 * catalogue.h: the functions that matter: those that libgreq.so takes over, and those that can make
 * a thread wait and that it does not. A program's imports are compared with them.
 *
 * What is hooked is hooks.def itself. waiting.c lists what can wait and is no row of it;
 * layers/functions fails on a name that is in both.
 */
#ifndef DOCTOR_CATALOGUE_H
#define DOCTOR_CATALOGUE_H

#include "base/map.h"

#include <stdbool.h>
#include <stddef.h>

struct known_function {
    char *name;
    const char *group;  /* of a hooked one its family in GREQ_PATCH, or "own"; else what it is */
    const char *remark; /* of one that is not hooked: when it waits, if not always; or "" */
    bool hooked;
    bool of_openssl;
};

/* All of them, the hooked ones first, by family; a function is there once. */
struct catalogue {
    struct known_function *items;
    size_t count, capacity;
    size_t hooked_count;
    struct map numbers; /* hash of the name to its number + 1 */
};

/* Released with catalogue_finish. */
void catalogue_make(struct catalogue *catalogue);

/* The number of a function, or -1. */
int catalogue_find(const struct catalogue *catalogue, const char *name);

void catalogue_finish(struct catalogue *catalogue);

#endif
