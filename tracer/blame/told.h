/*
 * told.h: waits whose stack tells what they are for, by the names of functions (docs/accounting.md,
 * K9, K15, L8, L12, P8): the calls themselves are the same as those that wait for something else.
 */
#ifndef BLAME_TOLD_H
#define BLAME_TOLD_H

#include "blame/blame.h"

#include <stdbool.h>

/* Adds what is found of a call, or says why it is excused. Returns whether nothing else is to be
 * said of it. */
bool told_judge(struct blame *blame, const struct model *model, struct blamed_call *call);

/* K15: whether calls waited for a monitor of Java's. */
bool told_is_monitor_wait(const struct model *model, const struct call_group *group);

#endif
