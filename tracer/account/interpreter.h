/*
 * interpreter.h: the account of the interpreter's lock (docs/accounting.md, G): how long threads
 * waited for it, and where it ended what another one computed meanwhile.
 *
 * Only one thread runs Python at a time, or Ruby. Who has the lock is not recorded, so whoever
 * computed meanwhile is taken for its holder.
 */
#ifndef ACCOUNT_INTERPRETER_H
#define ACCOUNT_INTERPRETER_H

#include "model/listener.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct books;
struct call;
struct site;

struct interpreter_site {
    uint64_t waits; /* that what was computed before it is charged with */
    bool awaits;    /* its own calls wait for the lock */
};

struct interpreter {
    struct listener listener; /* first */
    struct books *books;
    struct interpreter_site *sites; /* by number */
    size_t capacity;
};

/* To be told before those who ask it. */
void interpreter_begin(struct interpreter *interpreter, struct books *books);

/* Of each call (account/accounts.c). */
void interpreter_begin_call(struct interpreter *interpreter, struct call *call);
void interpreter_add_call(struct interpreter *interpreter, struct call *call);

/* Whether a call waits for that lock. */
bool interpreter_is_awaited_by(const struct call *call);

/* The same, or whether it waits for a mutex of the interpreter's own, in which that lock is passed
 * on. */
bool interpreter_is_met_in(const struct call *call);

struct interpreter_site interpreter_site(const struct interpreter *interpreter,
                                         const struct site *site);

void interpreter_finish(struct interpreter *interpreter);

#endif
