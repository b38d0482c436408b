/*
 * convoy.c: from a wait for a lock to what is blamed for it.
 *
 *     who had it      handovers, which the waits themselves tell of
 *     blocked in      the calls of a holder meanwhile; if one waits for a lock, its holder's
 *     for how long    a wait is cut at its handovers, and each piece looked into
 *     given up        waits that got no lock, whose holder's call has not ended yet
 */
#include "account/convoy.h"

#include "account/blocking.h"
#include "account/books.h"
#include "account/interpreter.h"
#include "base/memory.h"
#include "model/call.h"
#include "model/process.h"
#include "model/site.h"
#include "model/thread.h"

#include <stdlib.h>
#include <string.h>

/* A wait that is being looked into. */
struct inquiry {
    struct convoys *convoys;
    const struct call *call;
    const struct thread *waiter;
    const struct lock *lock;
    uint32_t holder_pid; /* of a file's lock; 0: not known */
    bool is_traced;      /* that process */
    uint64_t booked;     /* ns */
};

/* --- who had a lock --- */

/* K7: a file is the same for all processes. */
static uint64_t key_of(const struct call *call)
{
    return call->lock.file ? map_mix(2, (uintptr_t)call->lock.file)
                           : map_mix(call->task->thread->process->number, call->lock.address);
}

static struct lock *find_lock(struct convoys *convoys, const struct call *call)
{
    uint64_t key = key_of(call);
    struct lock *lock = map_get(&convoys->locks, key);
    if (lock || convoys->locks.count == LOCKS_MAX)
        return lock;
    lock = memory_alloc(1, sizeof *lock);
    lock->address = call->lock.address;
    lock->file = call->lock.file;
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
    const struct handover *handover = number < lock->count ? handover_at(lock, number) : NULL;
    if (handover && handover->from)
        return handover->from;
    bool has_previous = number && lock->count - number < HANDOVERS_MAX;
    return first || !has_previous ? first : handover_at(lock, number - 1)->to;
}

/* The thread of a process that has a file's lock: who took it last there, or its only one. */
static struct thread *thread_of(const struct lock *lock, const struct process *process,
                                uint64_t time)
{
    uint64_t oldest = lock->count > HANDOVERS_MAX ? lock->count - HANDOVERS_MAX : 0;
    for (uint64_t number = first_handover(lock, time); number > oldest; number--)
        if (handover_at(lock, number - 1)->to->process == process)
            return handover_at(lock, number - 1)->to;
    return process->threads && !process->threads->next ? process->threads : NULL;
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
static struct convoy *find_convoy(struct inquiry *inquiry, struct site *holder)
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
                              .holder_pid = inquiry->holder_pid,
                              .is_traced = inquiry->is_traced,
                              .next = map_get(&convoys->by_sites, hash)};
    map_put(&convoys->by_sites, hash, convoy);
    convoys->items =
        memory_grow(convoys->items, convoys->count, &convoys->capacity, sizeof *convoys->items);
    return convoys->items[convoys->count++] = convoy;
}

static void add_time(struct inquiry *inquiry, const struct booking *booking)
{
    inquiry->booked += booking->amount;
    struct convoy *convoy = find_convoy(inquiry, booking->site);
    if (!convoy)
        return;
    if (convoy->holder_pid != inquiry->holder_pid)
        convoy->holder_pid = 0;
    convoy->time += booking->amount;
    convoy->waits++;
    convoy->knot |= booking->rule == RULE_K2;
    books_tell(inquiry->convoys->books, booking);
}

/* K1: the holder was in these calls for so long. */
static void blame_calls(struct inquiry *inquiry, const struct thread *holder,
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

static void look_at(struct inquiry *inquiry, struct thread *holder, uint64_t begin, uint64_t end,
                    unsigned hops);

/* K2: the holder waits for who waits for it, or too many wait for each other to go on. */
static void blame_knot(struct inquiry *inquiry, const struct thread *holder,
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
static void follow(struct inquiry *inquiry, const struct thread *holder,
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

static void look_at(struct inquiry *inquiry, struct thread *holder, uint64_t begin, uint64_t end,
                    unsigned hops)
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

/* K8: nobody is seen to have been kept from letting go of the file's lock. A loop that waits for
 * something to do is nobody's fault. */
static void blame_rest(struct inquiry *inquiry, const struct thread *holder, uint64_t begin,
                       uint64_t end)
{
    bool waits_for_work = holder && holder->waits_for_many;
    if (waits_for_work || end - begin <= inquiry->booked)
        return;
    add_time(inquiry, &(struct booking){.rule = RULE_K8,
                                        .since = begin,
                                        .until = end,
                                        .amount = end - begin - inquiry->booked,
                                        .call = inquiry->call,
                                        .thread = inquiry->waiter,
                                        .site = inquiry->call->site});
}

/* --- who had it for how long --- */

/* When the call ends that a thread was in at a time, and no later than `end`; the time itself: it
 * was in none. */
static uint64_t end_of_call(struct thread *thread, uint64_t time, uint64_t end)
{
    for (const struct blocking *each = blocking_first(thread, BLOCKED_BY_CALLS);
         each && blocking_end(each) > time; each = each->next) {
        const struct blocking_call *call = blocking_call(each, blocking_first_after(each, time));
        if (call->begin <= time)
            return call->end < end ? call->end : end;
    }
    return time;
}

/* When the last call of a thread began that is between two times; the second: there is none. */
static uint64_t begin_of_last_call(struct thread *thread, uint64_t begin, uint64_t end)
{
    uint64_t last = 0;
    for (const struct blocking *each = blocking_first(thread, BLOCKED_BY_CALLS);
         each && blocking_end(each) > begin; each = each->next)
        for (uint64_t number = blocking_first_after(each, begin); number < each->begun; number++) {
            uint64_t from = blocking_call(each, number)->begin;
            if (from >= begin && from < end && from > last)
                last = from;
        }
    return last ? last : end;
}

/* K11: one had it at first, another one let go of it, and nobody knows when that one had got it. So
 * what the first was in then counts, and the last call that the other made before it let go. */
static void look_at_both(struct inquiry *inquiry, struct thread *first, struct thread *last,
                         uint64_t begin, uint64_t end)
{
    uint64_t until = end_of_call(first, begin, end);
    uint64_t since = begin_of_last_call(last, begin, end);
    look_at(inquiry, first, begin, until, 0);
    look_at(inquiry, last, since > until ? since : until, end, 0);
}

/* A part of the wait, in which one thread had the lock. */
static void look_into(struct inquiry *inquiry, struct thread *holder, uint64_t begin, uint64_t end)
{
    inquiry->booked = 0;
    if (holder) {
        inquiry->holder_pid = holder->process->pid;
        inquiry->is_traced = true;
    }
    if (holder && holder != inquiry->waiter)
        look_at(inquiry, holder, begin, end, 0);
    if (inquiry->lock->file)
        blame_rest(inquiry, holder, begin, end);
}

/* K13: a thread that is let in late stood in the run queue last. What its holder went on to
 * meanwhile has kept nobody. */
static uint64_t free_to_go(const struct call *call)
{
    uint64_t begin = call->record.head.time;
    return call->end > begin + call->queued ? call->end - call->queued : begin;
}

/* Cuts a wait where the lock changed hands. */
static void cut(struct inquiry *inquiry, const struct lock *lock)
{
    const struct call *call = inquiry->call;
    uint64_t begin = call->record.head.time, until = free_to_go(call);
    const struct process *process = call->lock.process;
    struct thread *first = process ? thread_of(lock, process, begin) : call->lock.holder;
    bool is_first = call->lock.holder_pid;
    for (uint64_t number = first_handover(lock, begin); begin < until; number++) {
        uint64_t end = number < lock->count ? handover_at(lock, number)->time : until;
        end = end < until ? end : until;
        inquiry->holder_pid = is_first ? call->lock.holder_pid : 0;
        inquiry->is_traced = process;
        struct thread *last = holder_until(lock, number, first);
        if (first && last && first != last && first != inquiry->waiter && last != inquiry->waiter)
            look_at_both(inquiry, first, last, begin, end);
        else if (end > begin)
            look_into(inquiry, is_first ? first : last, begin, end);
        begin = end;
        first = NULL;
        is_first = false;
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

/* K16: a thread that lets the next one in as soon as it was let in itself has had no lock for long:
 * it may as well hand on a word to all. Once: who does so again and again has a lock each time. */
static bool passes_on(const struct lock *lock, const struct thread *thread, const struct call *next)
{
    uint64_t oldest = lock->count > HANDOVERS_MAX ? lock->count - HANDOVERS_MAX : 0;
    uint64_t let_in = 0;
    for (uint64_t number = oldest; number < lock->count; number++) {
        const struct handover *handover = handover_at(lock, number);
        if (handover->from == thread)
            return false;
        if (handover->to == thread)
            let_in = handover->time;
    }
    return let_in && free_to_go(next) < let_in + TRACE_LONG_CALL_NS;
}

/* K17: one thread lets several go on at once that have waited together, as the last one at a
 * barrier does. */
static bool is_let_in_with_others(const struct lock *lock, const struct call *call)
{
    const struct handover *last = lock->count ? handover_at(lock, lock->count - 1) : NULL;
    return last && last->from == call->lock.waker && last->to != call->task->thread &&
           last->time > call->record.head.time &&
           free_to_go(call) < last->time + TRACE_LONG_CALL_NS;
}

/* Of those who are let in at once to a lock all but one wait again. */
static bool was_let_in_in_vain(const struct lock *lock, const struct call *call)
{
    uint64_t begin = call->record.head.time, number = first_handover(lock, begin);
    uint64_t oldest = lock->count > HANDOVERS_MAX ? lock->count - HANDOVERS_MAX : 0;
    if (free_to_go(call) < begin + TRACE_LONG_CALL_NS)
        return false;
    for (; number > oldest; number--) {
        const struct handover *last = handover_at(lock, number - 1);
        if (last->time + TRACE_LONG_CALL_NS < begin)
            return false;
        if (last->to == call->task->thread)
            return true;
    }
    return false;
}

/* K10: Condition.wait makes a lock for each wait, which is no lock to be held. */
static bool is_python_condition(const struct call *call)
{
    return call->kind.traits & TRAIT_SEMAPHORE &&
           site_is_in_python(call->site, "/threading.py", "wait");
}

bool convoy_is_within_runtime(const struct call *call)
{
    const struct process *process = call->task->thread->process;
    const char *name = process_module_name(process, process->generation, call->record.caller);
    return !strcmp(name, "libjvm.so") || module_is_ruby(name);
}

/* K12 */
bool convoy_is_at_runtimes_condition(const struct call *call)
{
    return call->kind.traits & TRAIT_CONDITION && convoy_is_within_runtime(call);
}

/* A file's lock that was had without a wait is known as well. */
static bool took_it(const struct call *call)
{
    return call->lock.file && call->record.result >= 0 &&
           call->record.duration != TRACE_IN_PROGRESS;
}

static void look_for_holders(struct convoys *convoys, const struct call *call, struct lock *lock)
{
    struct thread *waker = call->lock.waker;
    struct inquiry inquiry = {
        .convoys = convoys, .call = call, .waiter = call->task->thread, .lock = lock};
    if (!(call->kind.traits & TRAIT_CONDITION))
        cut(&inquiry, lock);
    else if (waker)
        look_at(&inquiry, waker, call->record.head.time, free_to_go(call), 0);
}

/* --- who has given up --- */

struct given_up {
    struct call call; /* its task may be over by now: it is the scheduler */
    struct thread *holder;
};

/* Who has the lock of a file at the end of a wait for it, or NULL. */
static struct thread *last_holder(const struct lock *lock, const struct call *call)
{
    uint64_t begin = call->record.head.time, number = first_handover(lock, call->end);
    const struct handover *last = number ? handover_at(lock, number - 1) : NULL;
    if (last && last->time > begin)
        return last->to;
    return call->lock.process ? thread_of(lock, call->lock.process, begin) : NULL;
}

/* K14: who has the lock may still be in the call that keeps it: what that is, is known when it
 * ends. Returns false where there is no need, or no room. */
static bool put_off(struct convoys *convoys, const struct call *call, const struct lock *lock)
{
    struct thread *holder = last_holder(lock, call);
    if (!holder || convoys->given_up_count == GIVEN_UP_MAX)
        return false;
    convoys->given_up = memory_grow(convoys->given_up, convoys->given_up_count,
                                    &convoys->given_up_capacity, sizeof *convoys->given_up);
    struct given_up *added = &convoys->given_up[convoys->given_up_count++];
    *added = (struct given_up){*call, holder};
    added->call.task = &call->task->thread->scheduler;
    return true;
}

static void look_late(struct convoys *convoys, const struct call *call)
{
    look_for_holders(convoys, call, find_lock(convoys, call));
}

/* A signal handler has made it inside of another one. */
static bool is_inner(const struct call *call)
{
    return call->task->calls != call || call->next;
}

/* A call has ended. Whatever its thread was in when somebody gave up before that is known, and not
 * forgotten yet. */
static void look_at_given_up(struct convoys *convoys, const struct call *call)
{
    size_t left = 0;
    for (size_t i = 0; i < convoys->given_up_count; i++) {
        const struct given_up *each = &convoys->given_up[i];
        if (each->holder == call->task->thread && each->call.end <= call->end && !is_inner(call))
            look_late(convoys, &each->call);
        else
            convoys->given_up[left++] = *each;
    }
    convoys->given_up_count = left;
}

static void add_call(struct listener *listener, struct call *call)
{
    struct convoys *convoys = (struct convoys *)listener;
    struct thread *waiter = call->task->thread;
    bool waited = call_has_blocked(call);
    look_at_given_up(convoys, call);
    if (!call->lock.address || !call->site || !(waited || took_it(call)) ||
        call->kind.traits & TRAIT_BARRIER || is_python_condition(call) ||
        convoy_is_at_runtimes_condition(call) || interpreter_is_awaited_by(call))
        return;
    struct lock *lock = find_lock(convoys, call);
    if (!lock)
        return;
    struct thread *waker = call->lock.waker;
    bool may_be_work = call->kind.traits & (TRAIT_CONDITION | TRAIT_SEMAPHORE);
    lock->is_taken |= !may_be_work;
    if (may_be_work && waker && !passes_on(lock, waker, call)) {
        lock->wakes++;
        lock->by_waiter += has_waited(lock, waker);
        lock->together += is_let_in_with_others(lock, call);
        lock->in_vain += was_let_in_in_vain(lock, call);
    }
    if (!lock->file || took_it(call))
        add_handover(lock, &(struct handover){call->end, waker, waiter});
    bool has_given_up = lock->file && !took_it(call);
    if (waited && !(has_given_up && put_off(convoys, call, lock)))
        look_for_holders(convoys, call, lock);
}

void convoys_begin(struct convoys *convoys, struct books *books)
{
    *convoys = (struct convoys){.listener = {.slow_called = add_call}, .books = books};
}

static bool is_barrier(const struct lock *lock)
{
    return lock->together > lock->in_vain && 2 * (lock->together - lock->in_vain) >= lock->wakes;
}

/* K4: work is posted by others than those who wait for it. */
static bool is_lock(const struct lock *lock)
{
    bool is_passed = lock->by_waiter && lock->by_waiter >= WAKERS_SHARE * lock->wakes;
    return lock->is_taken || (is_passed && !is_barrier(lock));
}

void convoys_close(struct convoys *convoys)
{
    for (size_t i = 0; i < convoys->given_up_count; i++)
        look_late(convoys, &convoys->given_up[i].call);
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
    free(convoys->given_up);
    *convoys = (struct convoys){0};
}
