/*
 * call_pool.h: the account of calls of which only so many are made at once (docs/accounting.md, P):
 * long calls from one place, by whatever threads and forked processes make them. What limits them,
 * a pool of threads or a semaphore, is not seen. Another thread's call that begins just when one
 * has ended shows that it had to wait; a worker's that goes on to its next call, and waits for no
 * work, shows that jobs lie in a queue.
 */
#ifndef ACCOUNT_CALL_POOL_H
#define ACCOUNT_CALL_POOL_H

#include "account/concurrency.h"
#include "base/map.h"
#include "model/listener.h"
#include "model/thresholds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct site;
struct thread;

struct call_pool {
    struct site *site; /* the first: forks of a process have sites of their own */
    bool is_executor;  /* of Python: its workers make them */
    struct concurrency calls;
    uint64_t longest; /* ns */
    uint64_t all;     /* ns that they took together */
    uint64_t count;
    uint64_t room_awaited; /* ns that others waited to put into a queue that it takes from */
    uint64_t requests;     /* that its process had read by the end of the last of them */
    uint64_t in_vain;      /* times that a thread was let in and had to wait again */
    struct caller_thread {
        struct thread *thread;
        uint64_t waits, given;        /* of it, by the end of its last call here */
    } threads[CALL_POOL_THREADS_MAX]; /* the first that made them */
    size_t thread_count;
    struct call_pool *next; /* with the same hash */
};

struct call_pools {
    struct listener listener; /* first */
    struct map by_hash;
    struct call_pool *items[CALL_POOLS_MAX];
    size_t count;
    struct call_pool **by_site; /* by the site's number; NULL: not looked for yet */
    size_t site_capacity;
};

void call_pools_begin(struct call_pools *pools);

/* All has been told. */
void call_pools_close(struct call_pools *pools);

/* How many at once were allowed, or 0: nothing looks like a limit. */
unsigned call_pool_limit(const struct call_pool *pool);

/* With a limit: how many of the later ones began when another one had ended: let in by it, soon
 * after it, or by the same thread, which went on. */
uint64_t call_pool_prompt(const struct call_pool *pool);

void call_pools_finish(struct call_pools *pools);

#endif
