/*
 * serials.h: what the run would have taken if requests that were made one after another had been
 * made at once. Each process has its own row of them; where each made only one, and none ran beside
 * another, the processes are the row.
 */
#ifndef BLAME_SERIALS_H
#define BLAME_SERIALS_H

#include "blame/blame.h"

/* Fills in `serials` of a blame that has its calls and its wall time. */
void serials_add(struct blame *blame, const struct serials *serials);

#endif
