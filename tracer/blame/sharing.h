/*
 * sharing.h: judges connections in which two tasks met (docs/accounting.md, M).
 */
#ifndef BLAME_SHARING_H
#define BLAME_SHARING_H

#include "blame/blame.h"

void sharing_judge(struct blame *blame, const struct model *model, const struct sharing *sharing);

#endif
