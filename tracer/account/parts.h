/*
 * parts.h: how long somebody was in each part that the program has named by greq_mark. What calls
 * did there is told apart by the sites (model/site.h).
 */
#ifndef ACCOUNT_PARTS_H
#define ACCOUNT_PARTS_H

#include "model/listener.h"

#include <stddef.h>
#include <stdint.h>

/* Times in ns. */
struct part_stay {
    uint64_t count;   /* times that it was named */
    uint64_t wall;    /* that at least one was in it */
    uint64_t longest; /* of one stay */
    uint64_t inside;  /* threads and tasks that are in it now */
    uint64_t since;   /* when the first of these came */
};

struct parts {
    struct listener listener;
    struct part_stay *stays; /* by the number of the mark */
    size_t capacity;
};

void parts_begin(struct parts *parts);

/* What is known of a mark that the model has. */
const struct part_stay *parts_stay(const struct parts *parts, const struct mark *mark);

void parts_finish(struct parts *parts);

#endif
