/*
 * critical.h: the critical path of a run, in at most BLAME_SEGMENTS pieces that add up to its time.
 */
#ifndef BLAME_CRITICAL_H
#define BLAME_CRITICAL_H

#include "blame/blame.h"

void critical_add(struct blame *blame, const struct model *model, const struct path *path);

#endif
