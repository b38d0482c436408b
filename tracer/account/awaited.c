#include "account/awaited.h"

#include "account/blocking.h"
#include "account/books.h"
#include "base/memory.h"
#include "model/call.h"
#include "model/site.h"
#include "model/thresholds.h"

#include <stdlib.h>

static uint64_t hash_of(const struct site *waiter, const struct site *inner)
{
    return map_mix((uintptr_t)waiter, (uintptr_t)inner);
}

/* NULL when there is no room. */
static struct awaited_calls *find(struct awaited *awaited, struct site *waiter, struct site *inner)
{
    uint64_t hash = hash_of(waiter, inner);
    struct awaited_calls *first = map_get(&awaited->by_sites, hash), *each = first;
    while (each && (each->waiter != waiter || each->inner != inner))
        each = each->next;
    if (each || awaited->count == CONVOYS_MAX)
        return each;
    each = memory_alloc(1, sizeof *each);
    *each = (struct awaited_calls){.waiter = waiter, .inner = inner, .next = first};
    map_put(&awaited->by_sites, hash, each);
    awaited->items =
        memory_grow(awaited->items, awaited->count, &awaited->capacity, sizeof *awaited->items);
    return awaited->items[awaited->count++] = each;
}

/* A2: what blocked the other one meanwhile; not its waits for work or for locks. */
static void charge(struct awaited *awaited, const struct call *call, struct thread *other)
{
    uint64_t begin = call->record.head.time;
    for (const struct blocking *each = blocking_first(other, BLOCKED_BY_CALLS);
         each && blocking_end(each) > begin; each = each->next) {
        bool is_wait = each->is_accept || blocking_call(each, each->begun - 1)->address;
        uint64_t time = is_wait ? 0 : blocking_overlap(each, begin, call->end);
        struct awaited_calls *calls =
            time ? find(awaited, call->site->place, each->site->place) : NULL;
        if (calls)
            calls->time += time;
    }
}

/* --- the account --- */

/* A1: Thread.join of Python waits for a lock that the other one lets go of at its end. */
static struct thread *joined_in_python(const struct call *call)
{
    bool joins = site_is_in_python(call->site, "/threading.py", "_wait_for_tstate_lock");
    return joins && call->lock.waker != call->task->thread ? call->lock.waker : NULL;
}

static void add_call(struct listener *listener, struct call *call)
{
    struct awaited *awaited = (struct awaited *)listener;
    if (!call->site || !call_has_blocked(call))
        return;
    struct thread *other = call->awaited ? call->awaited : joined_in_python(call);
    if (!other)
        return;
    charge(awaited, call, other);
    books_add(awaited->books, FIGURE_idle_s,
              &(struct booking){.rule = RULE_I4,
                                .since = call->record.head.time,
                                .until = call->end,
                                .amount = call->blocked,
                                .thread = call->task->thread,
                                .site = call->site});
}

void awaited_begin(struct awaited *awaited, struct books *books)
{
    *awaited = (struct awaited){.listener = {.slow_called = add_call}, .books = books};
}

void awaited_finish(struct awaited *awaited)
{
    for (size_t i = 0; i < awaited->count; i++)
        free(awaited->items[i]);
    free(awaited->items);
    map_clear(&awaited->by_sites);
    *awaited = (struct awaited){0};
}
