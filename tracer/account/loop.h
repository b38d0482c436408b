/*
 * loop.h: the account of loops (docs/accounting.md, L): a thread that waits for many again
 * and again, and what blocked it between two of these waits. Whether anybody waited for that does
 * not matter here.
 */
#ifndef ACCOUNT_LOOP_H
#define ACCOUNT_LOOP_H

#include "model/listener.h"

#include <stdbool.h>

struct call;
struct books;
struct site;
struct thread;

struct loop_account {
    struct listener listener; /* first */
    struct books *books;
};

void loop_begin(struct loop_account *account, struct books *books);

/* Of each call (account/accounts.c). */
void loop_begin_call(const struct call *call);

/* Lets go of what is kept with a thread. */
void loop_release(struct thread *thread);

/* Whether a thread repeatedly waits for many. */
bool loop_is_run_by(const struct thread *thread);

/* ns for which it was blocked between these waits. */
uint64_t loop_blocked(struct thread *thread);

/* L11: whether a call of this site was made between two runs of the thread's loop. */
bool loop_was_left(struct thread *thread, const struct site *site);

/* It was blocked for so much more. */
void loop_add_blocked(struct thread *thread, uint64_t time);

#endif
