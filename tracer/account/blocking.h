/*
 * blocking.h: the calls that blocked a thread, by call site, and which of them somebody has waited
 * for.
 *
 * When a connection has waited for its thread from some time on until now, it has waited behind
 * everything that blocked the thread since. What that comes to is known without going through all
 * the calls: each site keeps running sums, and a call that somebody waited for all of is looked at
 * no more. So what a wait costs does not depend on how many calls it was behind.
 *
 * A wait is not held against each call that it was behind: there are prefix sums of blocked time
 * per thread and site, and a stack of calls not wholly waited for yet. A wait costs a binary search
 * per site that blocked since.
 */
#ifndef ACCOUNT_BLOCKING_H
#define ACCOUNT_BLOCKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct site;
struct thread;

struct blocking_call {
    uint64_t begin;
    uint64_t end;
    uint64_t before;  /* ns that the earlier ones of the site took */
    uint64_t waited;  /* from then to its end somebody waited; `end`: nobody did */
    uint64_t below;   /* number + 1 of the call before it that not all of was waited for; 0: none */
    uint64_t address; /* of the lock that it waited for, or 0 */
    struct thread *holder; /* of that lock when it began, or NULL */
};

/* The calls of one site on one thread. */
struct blocking {
    struct site *site;
    bool is_accept;              /* it waits for new work, which is nobody's fault */
    bool is_of_helper;           /* it waits to be given work, unless it runs a loop */
    struct blocking_call *calls; /* number n at n % capacity */
    size_t capacity;             /* a power of two */
    uint64_t begun;              /* number of the next one */
    uint64_t oldest;             /* number */
    uint64_t top;          /* number + 1 of the last one that not all of was waited for; 0: none */
    struct blocking *next; /* of the same thread; the one that blocked it last comes first */
    struct blocking *previous;
};

/* What keeps a thread from others: calls that block it; stretches that it computes, each with the
 * site that it ended in; or the waits of a loop inside of its loop, of which that is known later
 * (nested.h). */
enum blocked_by { BLOCKED_BY_CALLS, BLOCKED_BY_COMPUTING, BLOCKED_BY_NESTED, BLOCKED_BY_COUNT };

/* The site has blocked its thread for the time of this call; its `before`, `waited` and `below` are
 * filled in here. Returns the site's calls, or NULL if it took no
 * time of its own. */
struct blocking *blocking_add(struct thread *thread, enum blocked_by by, struct site *site,
                              const struct blocking_call *call);

/* Somebody has waited for the thread from `since` until `until`, behind a site's calls; none of
 * them lies across `until`. Returns whether there is a part of them, from `*begin` to `*end`, that
 * nobody has waited for yet; now it has been. To be called until there is none. */
bool blocking_cover(struct blocking *blocking, uint64_t since, uint64_t until, uint64_t *begin,
                    uint64_t *end);

/* What has blocked a thread; the last one first. */
struct blocking *blocking_first(struct thread *thread, enum blocked_by by);

/* How much of the time from `begin` to `end` the thread was blocked at a site. */
uint64_t blocking_overlap(const struct blocking *blocking, uint64_t begin, uint64_t end);

/* The number of the first call that ended after a time. */
uint64_t blocking_first_after(const struct blocking *blocking, uint64_t time);

static inline const struct blocking_call *blocking_call(const struct blocking *blocking,
                                                        uint64_t number)
{
    return &blocking->calls[number & (blocking->capacity - 1)]; /* a division takes long */
}

/* When the last call of the site ended. */
static inline uint64_t blocking_end(const struct blocking *blocking)
{
    return blocking_call(blocking, blocking->begun - 1)->end;
}

/* Lets go of what is kept with a thread. */
void blocking_release(struct thread *thread);

#endif
