/*
 * awaited.h: the account of waits for the end of a thread or a child (docs/accounting.md, A): what
 * such a wait takes is what the other one does meanwhile, so it is charged to the calls that
 * blocked that one.
 */
#ifndef ACCOUNT_AWAITED_H
#define ACCOUNT_AWAITED_H

#include "base/map.h"
#include "model/listener.h"

#include <stddef.h>
#include <stdint.h>

struct books;
struct site;

/* What came of the waits of one site. Times in ns. */
struct awaited_calls {
    struct site *waiter;
    struct site *inner; /* that blocked the other one */
    uint64_t time;
    struct awaited_calls *next; /* with the same hash */
};

struct awaited {
    struct listener listener; /* first */
    struct books *books;
    struct map by_sites;
    struct awaited_calls **items;
    size_t count;
    size_t capacity;
};

void awaited_begin(struct awaited *awaited, struct books *books);
void awaited_finish(struct awaited *awaited);

#endif
