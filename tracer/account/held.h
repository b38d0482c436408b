/*
 * held.h: the account of held tasks (docs/accounting.md, H): a long call that blocked a thread
 * that had other tasks to run.
 */
#ifndef ACCOUNT_HELD_H
#define ACCOUNT_HELD_H

#include "model/listener.h"

struct books;

struct held {
    struct listener listener; /* first */
    struct books *books;
};

void held_begin(struct held *held, struct books *books);

#endif
