/*
 * own_wait.h: which waits are a thread's loop's own (docs/accounting.md, L4). A loop waits for
 * many, but in some rounds it has one descriptor left to watch: that is no stall. Such a wait comes
 * from the same place as one for many.
 *
 * Waits that are short have no stack, only their caller. So a caller that waits for many stands for
 * the stacks of long waits that come from it: a program (rsync) may have one function for all its
 * waits. An interpreter has one for all programs, and a library for all its users: of several
 * stacks one must have waited for many itself.
 */
#ifndef ACCOUNT_OWN_WAIT_H
#define ACCOUNT_OWN_WAIT_H

#include "model/listener.h"

#include <stdbool.h>
#include <stdint.h>

struct call;
struct site;
struct thread;

/* The account: it is told of a wait before those that ask about it. */
struct own_waits {
    struct listener listener; /* first */
};

void own_waits_begin(struct own_waits *own_waits);

/* Whether waits of a site on a thread, made at `caller`, are its loop's own, as far as is known. */
bool own_wait_is(struct thread *thread, const struct site *site, uint64_t caller);

/* The same for a call whose site is known. */
bool own_wait_is_call(const struct call *call);

#endif
