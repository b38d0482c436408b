/*
 * names.h: the first few of the names that something has had, and whether there were more.
 */
#ifndef MODEL_NAMES_H
#define MODEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum { NAMES_KEPT = 3 };

/* All zeros: none. */
struct names {
    char *items[NAMES_KEPT];
    size_t count;
    bool are_more;
};

/* Adds one, unless it is there. The text is copied. */
void names_add(struct names *names, const char *name);

void names_add_all(struct names *names, const struct names *more);

void names_clear(struct names *names);

#endif
