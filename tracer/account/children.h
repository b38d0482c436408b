/*
 * children.h: the account of processes that let only so many children run at once
 * (docs/accounting.md, P13): xargs -P, make -j, a script that waits for one before it starts the
 * next. A child runs from its first record until its parent knows of its end. What limits them is
 * not seen; that they waited for something, and could have done so together, is.
 */
#ifndef ACCOUNT_CHILDREN_H
#define ACCOUNT_CHILDREN_H

#include "account/concurrency.h"

#include <stddef.h>
#include <stdint.h>

struct model;
struct process;

/* The children of one process that run the same program. */
struct child_limit {
    const struct process *parent;
    const char *program; /* without a folder; the model's */
    unsigned limit;
    uint64_t count;
    struct concurrency running;
    uint64_t all_at_once; /* ns: as long as the longest, and all that they and theirs computed, one
                             after another */
};

/* All zeros: none. */
struct children {
    struct child_limit *items; /* where a limit was found */
    size_t count, capacity;
};

/* By a model that is built. */
void children_account(struct children *children, const struct model *model);

void children_finish(struct children *children);

#endif
