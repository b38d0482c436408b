/*
 * pool.h: the account of limits that requests in flight do not show (docs/accounting.md, P):
 * names that are looked up by a pool of threads, and a pool of one connection, whose threads take
 * turns. The queue itself cannot be seen: that later ones start just when another one has ended
 * tells of it.
 */
#ifndef ACCOUNT_POOL_H
#define ACCOUNT_POOL_H

#include "account/concurrency.h"
#include "account/served.h"
#include "model/listener.h"

#include <stdbool.h>

struct call_pool;
struct process;
struct thread;

/* Requests of a process that never had two in flight, by several threads. */
struct turns {
    uint64_t threads; /* that made requests */
    uint64_t later;   /* requests after the first */
    uint64_t
        by_others;   /* of them, by another thread than the one before, which was there already */
    uint64_t prompt; /* of these, just when that one's had ended */
    struct thread *last;
    bool last_waited;  /* for its answer, in the same thread */
    uint64_t last_end; /* ns */
};

/* What is kept with a thread. */
struct asker {
    uint64_t begun; /* ns */
    bool asked;
    bool waited_for_work;        /* as a helper does: docs/accounting.md, I2 */
    uint64_t waits;              /* so far, in which it may have waited for work or its turn */
    uint64_t given;              /* so far, in which it was given what it does next */
    uint64_t given_by_last;      /* of these, by the end of the last call that a pool counts */
    struct call_pool *let_in_to; /* where who let the last of them end had just made a call;
                                    NULL: not known, or it has made one itself since */
    uint64_t let_in_cpu;         /* ns, that it had used by then */
    struct call_pool *last_pool; /* of its last call that one counts; NULL: none */
    uint64_t last_end;           /* ns, of that call */
    const struct thread *waker;  /* of its last wait for another thread; NULL: not known */
    struct served_load load;     /* what its process had been asked when its call began */
    struct thread *let_go_by;    /* who ended its last wait for others since its last request; NULL:
                                    it has not waited, or that is not known */
};

struct asker *pool_asker(struct thread *thread);

/* Whether what it asks for now was given to it just before, by a thread that asks for nothing: it
 * waited for work, and not for its turn. */
bool pool_was_given_work(struct thread *thread);

struct pools {
    struct listener listener; /* first */
    struct concurrency lookups;
    uint64_t longest_lookup; /* ns */
};

void pools_begin(struct pools *pools);

/* Of each request (account/accounts.c). */
void pool_request(const struct connection *connection, struct thread *thread, uint64_t time);
void pool_answer(const struct connection *connection, const struct thread *thread, uint64_t time);

/* All has been told. */
void pools_close(struct pools *pools);

/* The turns of a process that has a pool of one connection, or NULL. */
const struct turns *pool_of_one(struct process *process);

#endif
