/*
 * parts.h: the parts that the program has named, with what their calls came to.
 */
#ifndef BLAME_PARTS_H
#define BLAME_PARTS_H

#include "blame/blame.h"

/* The calls must be in their order. */
void parts_add(struct blame *blame, const struct model *model, const struct accounts *accounts);

void parts_free(struct blame *blame);

#endif
