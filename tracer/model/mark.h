/*
 * mark.h: the parts that a program has named by greq_mark, and who is in which.
 *
 * A program may have any number of names. Those beyond MARKS_MAX are one part, so that the model
 * does not grow with the run.
 */
#ifndef MODEL_MARK_H
#define MODEL_MARK_H

#include "base/map.h"

#include <stddef.h>
#include <stdint.h>

/* A part of the program, in all of its threads and processes. */
struct mark {
    char *name;
    size_t number; /* from 0 */
    struct mark *next;
};

/* All zeros is an empty table. Owns the marks. */
struct marks {
    struct map by_name;
    struct mark **items;
    size_t count;
    size_t capacity;
};

/* Where a thread or task is, and since when (ns). */
struct stay {
    const struct mark *mark; /* NULL: in none */
    uint64_t since;
};

/* The mark of a name; made when it is new. NULL of an empty name. */
const struct mark *marks_find(struct marks *marks, const char *name);

void marks_finish(struct marks *marks);

#endif
