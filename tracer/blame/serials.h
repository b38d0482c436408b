/*
 * serials.h: what the run would have taken if requests that were made one after another had been
 * made at once. Each process has its own row of them; where each made only one, and none ran beside
 * another, the processes are the row.
 */
#ifndef BLAME_SERIALS_H
#define BLAME_SERIALS_H

#include "account/path.h"
#include "blame/blame.h"

/* Fills in `serials` of a blame that has its calls and its wall time. `path` is what the run waited
 * for: no more is saved than that has of it. */
void serials_add(struct blame *blame, const struct model *model, const struct serials *serials,
                 const struct path *path);

#endif
