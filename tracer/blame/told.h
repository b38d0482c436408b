/*
 * told.h: waits whose stack tells what they are for, by the names of functions: the calls
 * themselves are the same as those of others that wait for something else (docs/accounting.md, K9,
 * K14, P8).
 */
#ifndef BLAME_TOLD_H
#define BLAME_TOLD_H

#include "blame/blame.h"

#include <stdbool.h>

/* Adds what is found of a call. Returns whether nothing else is to be said of it. */
bool told_judge(struct blame *blame, const struct model *model, const struct blamed_call *call);

/* Adds what is found of all waits for monitors together. */
void told_judge_monitors(struct blame *blame, const struct model *model);

#endif
