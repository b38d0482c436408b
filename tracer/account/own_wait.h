/*
 * own_wait.h: which waits are a thread's loop's own (docs/accounting.md, L4). A loop waits for
 * many, but in some rounds it has one descriptor left to watch: that is no stall. Such a wait comes
 * from the same place as one for many.
 *
 * Waits that are short have no stack, only their caller. So a caller that waits for many stands for
 * the stacks of long waits that come from it: a program (rsync) may have one function for all its
 * waits. An interpreter has one for all programs, and a library for all its users: of several
 * stacks one must have waited for many itself.
 *
 * The threads of a runtime (Tokio, Go) wait for its epoll set in turn, and the others for work: by
 * a futex, a condition or a semaphore. Such a thread has left the loop to another one, whatever
 * blocks it meanwhile (L7).
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

/* Of each call (account/accounts.c). */
void own_wait_begin_call(const struct call *call);

/* How a call may turn out to be its loop's own. */
enum own_wait {
    OWN_WAIT_NEVER,
    OWN_WAIT_IN_LOOP,  /* it waits for descriptors, as the loop does */
    OWN_WAIT_FOR_WORK, /* it has left the loop to another thread */
};

/* Whether a thread runs its loop together with others, as far as is known. */
bool own_wait_shares_loop(struct thread *thread);

enum own_wait own_wait_may_be(const struct call *call);

/* Whether a thread waits in it for what another one gives it: in a condition or semaphore that is
 * not the interpreter's lock. */
bool own_wait_is_to_be_given(const struct call *call);

/* Whether a helper thread waits for work in it (I2, S16). The main thread waits for what it has
 * asked others for. */
bool own_wait_is_for_work(const struct call *call);

/* Whether waits of a site on a thread, made at `caller`, are its loop's own, as far as is known. */
bool own_wait_is(struct thread *thread, const struct site *site, uint64_t caller,
                 enum own_wait may_be);

/* The same for a call whose site is known. */
bool own_wait_is_call(const struct call *call);

#endif
