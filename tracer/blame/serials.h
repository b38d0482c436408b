/*
 * serials.h: what the run would have taken if requests that were made one after another had been
 * made at once. Each process has its own row of them.
 */
#ifndef BLAME_SERIALS_H
#define BLAME_SERIALS_H

#include "blame/blame.h"

/* Fills in `serials` of a blame that has its calls and its wall time. */
void serials_add(struct blame *blame, const struct model *model);

#endif
