/*
 * nested.h: the account of loops inside of loops (docs/accounting.md, L10). What a loop calls may
 * wait for many as well: subprocess.run in a coroutine, node's execSync. It waits for others than
 * the loop does, of which nothing can go on meanwhile.
 *
 * Such a wait looks like that of a program's next loop. Only when all that it was for has been
 * closed, and the thread comes back to the set that it waited for before, is it known for what it
 * was; or when it comes back, and Python's frames tell. That set is one of epoll: only such a set
 * shows that a loop is still the same.
 */
#ifndef ACCOUNT_NESTED_H
#define ACCOUNT_NESTED_H

#include "model/listener.h"

#include <stdbool.h>

struct books;
struct call;
struct thread;

struct nested_account {
    struct listener listener; /* first; it is told of a wait before those that ask about it */
    struct books *books;
};

void nested_begin(struct nested_account *account, struct books *books);

/* Of each call (account/accounts.c). */
void nested_begin_call(struct nested_account *account, struct call *call);

/* Lets go of what is kept with a thread. */
void nested_release(struct thread *thread);

/* Whether a wait for many that begins is one for the set of the thread's loop, as it was. */
bool nested_goes_on(const struct call *call);

/* Whether it is not known yet for what it was: it is booked by this account when it is, as idle
 * (I1) or as what blocked the loop. The call is the thread's last. */
bool nested_keeps(const struct call *call);

#endif
