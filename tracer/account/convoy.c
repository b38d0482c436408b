#include "account/convoy.h"

#include "account/blocking.h"
#include "account/books.h"
#include "base/memory.h"
#include "model/call.h"
#include "model/process.h"
#include "model/site.h"
#include "model/thread.h"

#include <stdlib.h>

/* A wait that is being looked into. */
struct inquiry {
    struct convoys *convoys;
    const struct call *call;
    const struct thread *waiter;
    const struct lock *lock;
};

/* --- who had a lock --- */

static struct lock *find_lock(struct convoys *convoys, const struct process *process,
                              uint64_t address)
{
    uint64_t key = map_mix(process->number, address);
    struct lock *lock = map_get(&convoys->locks, key);
    if (lock || convoys->locks.count == LOCKS_MAX)
        return lock;
    lock = memory_alloc(1, sizeof *lock);
    lock->address = address;
    map_put(&convoys->locks, key, lock);
    return lock;
}

static void add_handover(struct lock *lock, const struct handover *handover)
{
    lock->handovers[lock->count++ % HANDOVERS_MAX] = *handover;
}

static const struct handover *handover_at(const struct lock *lock, uint64_t number)
{
    return &lock->handovers[number % HANDOVERS_MAX];
}

/* The number of the first handover after a time, of those that are kept. */
static uint64_t first_handover(const struct lock *lock, uint64_t time)
{
    uint64_t number = lock->count;
    uint64_t oldest = lock->count > HANDOVERS_MAX ? lock->count - HANDOVERS_MAX : 0;
    while (number > oldest && handover_at(lock, number - 1)->time > time)
        number--;
    return number;
}

/* Who had it until a handover: who let go of it, or else who got it the last time. */
static struct thread *holder_until(const struct lock *lock, uint64_t number, struct thread *first)
{
    const struct handover *handover = handover_at(lock, number);
    if (handover->from)
        return handover->from;
    bool has_previous = number && lock->count - number < HANDOVERS_MAX;
    return first || !has_previous ? first : handover_at(lock, number - 1)->to;
}

/* --- what it was blocked in --- */

static uint64_t hash_of(const struct site *waiter, const struct site *holder, uint64_t address)
{
    return map_mix(map_mix(address, (uintptr_t)waiter), (uintptr_t)holder);
}

static struct convoy *look_up(const struct convoys *convoys, const struct site *waiter,
                              const struct site *holder, uint64_t address)
{
    struct convoy *each = map_get(&convoys->by_sites, hash_of(waiter, holder, address));
    while (each &&
           (each->waiter != waiter || each->holder != holder || each->lock->address != address))
        each = each->next;
    return each;
}

/* NULL when there is no room. */
static struct convoy *find_convoy(const struct inquiry *inquiry, struct site *holder)
{
    struct convoys *convoys = inquiry->convoys;
    struct site *waiter = inquiry->call->site;
    uint64_t address = inquiry->lock->address, hash = hash_of(waiter, holder, address);
    struct convoy *convoy = look_up(convoys, waiter, holder, address);
    if (convoy || convoys->count == CONVOYS_MAX)
        return convoy;
    convoy = memory_alloc(1, sizeof *convoy);
    *convoy = (struct convoy){.waiter = waiter,
                              .holder = holder,
                              .lock = inquiry->lock,
                              .next = map_get(&convoys->by_sites, hash)};
    map_put(&convoys->by_sites, hash, convoy);
    convoys->items =
        memory_grow(convoys->items, convoys->count, &convoys->capacity, sizeof *convoys->items);
    return convoys->items[convoys->count++] = convoy;
}

static void add_time(const struct inquiry *inquiry, const struct booking *booking)
{
    struct convoy *convoy = find_convoy(inquiry, booking->site);
    if (!convoy)
        return;
    convoy->time += booking->amount;
    convoy->waits++;
    convoy->knot |= booking->rule == RULE_K2;
    books_tell(inquiry->convoys->books, booking);
}

/* K1: the holder was in these calls for so long. */
static void blame_calls(const struct inquiry *inquiry, const struct thread *holder,
                        const struct blocking *blocking, uint64_t begin, uint64_t end)
{
    add_time(inquiry, &(struct booking){
                          .rule = RULE_K1,
                          .since = begin,
                          .until = end,
                          .amount = blocking_overlap(blocking, begin, end),
                          .call = inquiry->call,
                          .thread = holder,
                          .site = blocking->site,
                          .last = blocking_call(blocking, blocking->begun - 1)->begin,
                      });
}

static void look_at(const struct inquiry *inquiry, struct thread *holder, uint64_t begin,
                    uint64_t end, unsigned hops);

/* K2: the holder waits for who waits for it, or too many wait for each other to go on. */
static void blame_knot(const struct inquiry *inquiry, const struct thread *holder,
                       const struct blocking *blocking, uint64_t begin, uint64_t end)
{
    add_time(inquiry, &(struct booking){.rule = RULE_K2,
                                        .since = begin,
                                        .until = end,
                                        .amount = end - begin,
                                        .call = inquiry->call,
                                        .thread = holder,
                                        .site = blocking->site});
}

/* The holder waited for locks itself. */
static void follow(const struct inquiry *inquiry, const struct thread *holder,
                   const struct blocking *blocking, uint64_t begin, uint64_t end, unsigned hops)
{
    for (uint64_t number = blocking_first_after(blocking, begin); number < blocking->begun;
         number++) {
        const struct blocking_call *call = blocking_call(blocking, number);
        uint64_t from = call->begin > begin ? call->begin : begin;
        uint64_t to = call->end < end ? call->end : end;
        if (call->begin >= end)
            break;
        if (call->holder == inquiry->waiter || hops == CONVOY_HOPS_MAX)
            blame_knot(inquiry, holder, blocking, from, to);
        else if (call->holder)
            look_at(inquiry, call->holder, from, to, hops + 1);
    }
}

static void look_at(const struct inquiry *inquiry, struct thread *holder, uint64_t begin,
                    uint64_t end, unsigned hops)
{
    for (const struct blocking *each = blocking_first(holder, BLOCKED_BY_CALLS);
         each && blocking_end(each) > begin; each = each->next) {
        if (!blocking_overlap(each, begin, end))
            continue;
        if (blocking_call(each, each->begun - 1)->address)
            follow(inquiry, holder, each, begin, end, hops);
        else if (!each->is_accept)
            blame_calls(inquiry, holder, each, begin, end);
    }
}

/* Cuts a wait where the lock changed hands. */
static void cut(const struct inquiry *inquiry, const struct lock *lock)
{
    const struct call *call = inquiry->call;
    uint64_t begin = call->record.head.time;
    struct thread *first = call->lock.holder;
    for (uint64_t number = first_handover(lock, begin); number < lock->count; number++) {
        uint64_t end = handover_at(lock, number)->time;
        struct thread *holder = holder_until(lock, number, first);
        if (holder && holder != inquiry->waiter)
            look_at(inquiry, holder, begin, end, 0);
        begin = end;
        first = NULL;
    }
}

/* Whether a thread has waited for it before. */
static bool has_waited(const struct lock *lock, const struct thread *thread)
{
    uint64_t oldest = lock->count > HANDOVERS_MAX ? lock->count - HANDOVERS_MAX : 0;
    for (uint64_t number = oldest; number < lock->count; number++)
        if (handover_at(lock, number)->to == thread)
            return true;
    return false;
}

static void add_call(struct listener *listener, struct call *call)
{
    struct convoys *convoys = (struct convoys *)listener;
    struct thread *waiter = call->task->thread;
    if (!call->lock.address || !call->site || !call_has_blocked(call))
        return;
    struct lock *lock = find_lock(convoys, waiter->process, call->lock.address);
    if (!lock)
        return;
    struct thread *waker = call->lock.waker;
    bool may_be_work = call->kind.traits & (TRAIT_CONDITION | TRAIT_SEMAPHORE);
    lock->is_taken |= !may_be_work;
    lock->wakes += may_be_work && waker;
    lock->by_waiter += may_be_work && waker && has_waited(lock, waker);
    add_handover(lock, &(struct handover){call->end, waker, waiter});
    const struct inquiry inquiry = {convoys, call, waiter, lock};
    if (!(call->kind.traits & TRAIT_CONDITION))
        cut(&inquiry, lock);
    else if (waker)
        look_at(&inquiry, waker, call->record.head.time, call->end, 0);
}

void convoys_begin(struct convoys *convoys, struct books *books)
{
    *convoys = (struct convoys){.listener = {.called = add_call}, .books = books};
}

/* K4: work is posted by others than those who wait for it. */
static bool is_lock(const struct lock *lock)
{
    return lock->is_taken || (lock->by_waiter && lock->by_waiter >= WAKERS_SHARE * lock->wakes);
}

void convoys_close(struct convoys *convoys)
{
    for (size_t i = 0; i < convoys->count; i++) {
        struct convoy *convoy = convoys->items[i];
        convoy->mutual = is_lock(convoy->lock);
        if (convoy->mutual)
            figures_add(&convoys->books->figures, convoy->holder->number, FIGURE_lock_wait_s,
                        convoy->time);
    }
}

bool convoys_are_mutual(const struct convoys *convoys, const struct site *waiter,
                        const struct site *holder, uint64_t address)
{
    const struct convoy *convoy = look_up(convoys, waiter, holder, address);
    return convoy && convoy->mutual;
}

void convoys_finish(struct convoys *convoys)
{
    size_t position = 0;
    for (struct lock *lock; (lock = map_next(&convoys->locks, &position));)
        free(lock);
    map_clear(&convoys->locks);
    map_clear(&convoys->by_sites);
    for (size_t i = 0; i < convoys->count; i++)
        free(convoys->items[i]);
    free(convoys->items);
    *convoys = (struct convoys){0};
}
