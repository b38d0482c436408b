/*
 * accounts.h: what a run comes to. Each account listens to the model while it is built, by itself
 * and by rules of its own, which have their numbers in docs/accounting.md: this is the place where
 * all of them are known. A new one is a file, a member here and a line in accounts.c, and another
 * one there if it wants to know of each call or request.
 *
 * They judge nothing (see blame/) and print nothing, and grow with what is open at once and with
 * the number of call sites.
 */
#ifndef ACCOUNT_ACCOUNTS_H
#define ACCOUNT_ACCOUNTS_H

#include "account/audience.h"
#include "account/awaited.h"
#include "account/balance.h"
#include "account/books.h"
#include "account/call_pool.h"
#include "account/children.h"
#include "account/computing.h"
#include "account/concurrency.h"
#include "account/convoy.h"
#include "account/critical.h"
#include "account/dead.h"
#include "account/gap.h"
#include "account/held.h"
#include "account/idle.h"
#include "account/interpreter.h"
#include "account/job.h"
#include "account/lookups.h"
#include "account/loop.h"
#include "account/nested.h"
#include "account/own_wait.h"
#include "account/parts.h"
#include "account/phases.h"
#include "account/pool.h"
#include "account/replay.h"
#include "account/serial.h"
#include "account/serialized.h"
#include "account/served.h"
#include "account/shapes.h"
#include "account/sharing.h"
#include "account/stretch.h"
#include "account/timeline.h"

struct model;
struct symbols;
struct trace;

struct accounts {
    struct listener each; /* first: told of each call and request, for all of these */
    struct books books;   /* what they book by call site */
    struct balances balances;
    struct gaps gaps;
    struct own_waits own_waits;
    struct lookups lookups;
    struct served served;
    struct serialized serialized;
    struct stretches stretches;
    struct computing computing;
    struct interpreter interpreter;
    struct nested_account nested;
    struct loop_account loops;
    struct held held;
    struct idle idle;
    struct awaited awaited;
    struct convoys convoys;
    struct serials serials;
    struct flights flights;
    struct pools pools;
    struct jobs jobs;
    struct call_pools call_pools;
    struct children children;
    struct dead dead;
    struct sharing sharing;
    struct shapes shapes;
    struct phases phases;
    struct replays replays;
    struct critical critical;
    struct parts parts;
    struct timeline timeline;
};

/*
 * Builds a model of an open trace, and the accounts along with it. The audience, which may be NULL,
 * is told what happens and what is booked.
 *
 * `trace` and `symbols` must outlive both, and the model must outlive the accounts: the caller
 * releases them with accounts_finish, then model_finish.
 */
void accounts_build(struct accounts *accounts, struct model *model, struct trace *trace,
                    struct symbols *symbols, struct audience *audience);

void accounts_finish(struct accounts *accounts, struct model *model);

#endif
