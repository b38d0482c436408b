/*
 * idle.h: the account of waits for work (docs/accounting.md, I): loops that wait for what comes,
 * and helper threads that wait for something to do. They hold up nobody, so they come last in every
 * table.
 */
#ifndef ACCOUNT_IDLE_H
#define ACCOUNT_IDLE_H

#include "model/listener.h"

struct books;

struct idle {
    struct listener listener; /* first */
    struct books *books;
};

void idle_begin(struct idle *idle, struct books *books);

#endif
