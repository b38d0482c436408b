/*
 * critical.h: the account of the critical path (docs/accounting.md, Z): what the run waited for,
 * one after another, from its begin to its end. Nothing beside it made the run longer.
 */
#ifndef ACCOUNT_CRITICAL_H
#define ACCOUNT_CRITICAL_H

#include "account/path.h"
#include "model/listener.h"

#include <stdint.h>

struct model;

struct critical {
    struct listener listener; /* first */
    const struct model *model;
    struct process *last_over; /* NULL: none is over */
    struct path path;          /* that of the process that ended last */
};

void critical_begin(struct critical *critical, const struct model *model);

/* Of each request (account/accounts.c). */
void critical_answer(struct thread *thread, const struct connection *connection);

#endif
