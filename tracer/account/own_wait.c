/*
 * own_wait.c: two tables, and what they say of a wait.
 *
 *     callers         of a thread: which have waited for many, and with how many stacks
 *     shared sets     epoll sets of a process that its threads wait for in turn
 */
#include "account/own_wait.h"

#include "account/interpreter.h"
#include "account/slots.h"
#include "model/call.h"
#include "model/process.h"
#include "model/site.h"
#include "model/thread.h"
#include "model/thresholds.h"

#include <string.h>

/* Where a thread waits for descriptors. */
struct caller_waits {
    uint64_t caller;
    bool for_many;
    bool several;            /* stacks of long waits come from there */
    const struct site *site; /* one of them, or NULL */
};

/* Of a thread. */
struct waits {
    struct caller_waits callers[LOOP_CALLERS_MAX];
    size_t count;
    const struct shared_set *set; /* the epoll set that it has waited for last, or NULL */
    uint64_t set_closed;          /* how often its number had been closed by then */
};

/* An epoll set. Threads that follow one another may have one each, under one number: when that is
 * closed, all is forgotten. One of the threads must have come back to it after another one. */
struct shared_set {
    int32_t fd;
    uint32_t thread; /* that waited last */
    bool is_shared;
    uint64_t closed; /* how often this number was */
};

/* Of a process. */
struct shared_sets {
    struct shared_set items[LOOP_SETS_MAX];
    size_t count;
};

static struct waits *waits_of(struct thread *thread)
{
    return kept_get(&thread->kept, SLOT_OWN_WAITS, sizeof(struct waits));
}

static struct caller_waits *find(struct waits *waits, uint64_t caller)
{
    for (size_t i = 0; i < waits->count; i++)
        if (waits->callers[i].caller == caller)
            return &waits->callers[i];
    return NULL;
}

/* NULL when there is no room. */
static struct caller_waits *find_or_add(struct waits *waits, uint64_t caller)
{
    struct caller_waits *found = find(waits, caller);
    if (found || waits->count == LOOP_CALLERS_MAX)
        return found;
    found = &waits->callers[waits->count++];
    found->caller = caller;
    return found;
}

static struct shared_sets *sets_of(struct process *process)
{
    return kept_get(&process->kept, SLOT_OWN_WAITS, sizeof(struct shared_sets));
}

/* NULL when there is none. */
static struct shared_set *find_set(struct shared_sets *sets, int32_t fd)
{
    for (size_t i = 0; i < sets->count; i++)
        if (sets->items[i].fd == fd)
            return &sets->items[i];
    return NULL;
}

/* NULL when there is no room. */
static struct shared_set *find_or_add_set(struct shared_sets *sets, int32_t fd)
{
    struct shared_set *found = find_set(sets, fd);
    if (found || sets->count == LOOP_SETS_MAX)
        return found;
    found = &sets->items[sets->count++];
    found->fd = fd;
    return found;
}

/* L7 */
static void wait_for_set(struct call *call)
{
    struct thread *thread = call->task->thread;
    struct waits *waits = waits_of(thread);
    struct shared_set *set = find_or_add_set(sets_of(thread->process), call->record.fd);
    if (!set)
        return;
    bool was_here = waits->set == set && waits->set_closed == set->closed;
    set->is_shared |= was_here && set->thread != thread->number;
    set->thread = thread->number;
    waits->set = set;
    waits->set_closed = set->closed;
}

static void close_set(struct process *process, int32_t fd)
{
    struct shared_set *set = find_set(sets_of(process), fd);
    if (!set)
        return;
    set->is_shared = false;
    set->closed++;
}

bool own_wait_shares_loop(struct thread *thread)
{
    const struct waits *waits = waits_of(thread);
    return waits->set && waits->set_closed == waits->set->closed && waits->set->is_shared;
}

/* A copy takes the number of what was there. */
void own_wait_begin_call(const struct call *call)
{
    if (call->kind.kind == KIND_CLOSE)
        close_set(call->task->thread->process, call->record.fd);
    else if (call->kind.kind == KIND_DUPLICATE && call->record.result != call->record.fd)
        close_set(call->task->thread->process, call->record.result);
}

static void begin_call(struct listener *listener, struct call *call, uint64_t time)
{
    (void)listener, (void)time;
    if (call->kind.kind != KIND_WAIT || !call->many)
        return;
    if (call->kind.traits & TRAIT_EPOLL)
        wait_for_set(call);
    struct caller_waits *found = find_or_add(waits_of(call->task->thread), call->record.caller);
    if (found)
        found->for_many = true;
}

static void add_call(struct listener *listener, struct call *call)
{
    (void)listener;
    if (call->kind.kind != KIND_WAIT || !call->site || call->site->depth < 2)
        return;
    struct caller_waits *found = find_or_add(waits_of(call->task->thread), call->record.caller);
    if (!found)
        return;
    found->several |= found->site && found->site != call->site->place;
    found->site = call->site->place;
}

/* An interpreter and a library have one place for the waits of many users: there only the stack
 * tells. */
static bool is_of_many_users(const struct thread *thread, const struct site *site, uint64_t caller)
{
    const struct process *process = thread->process;
    return site->python || strstr(process_module_name(process, process->generation, caller), ".so");
}

static bool waits_to_be_woken(const struct call *call)
{
    return call->kind.traits & (TRAIT_CONDITION | TRAIT_SEMAPHORE);
}

enum own_wait own_wait_may_be(const struct call *call)
{
    if (call->kind.kind == KIND_WAIT && !call_holds_tasks(call)) /* L6 */
        return OWN_WAIT_IN_LOOP;
    return waits_to_be_woken(call) ? OWN_WAIT_FOR_WORK : OWN_WAIT_NEVER;
}

/* I5 */
static bool awaits_room(const struct call *call)
{
    return call->site && site_awaits_room(call->site);
}

bool own_wait_is_to_be_given(const struct call *call)
{
    return waits_to_be_woken(call) && !interpreter_is_awaited_by(call) && !awaits_room(call);
}

bool own_wait_is_for_work(const struct call *call)
{
    return call->task->thread->number && own_wait_is_to_be_given(call);
}

/* L4 */
static bool is_in_loop(struct thread *thread, const struct site *site, uint64_t caller)
{
    const struct caller_waits *found = find(waits_of(thread), caller);
    bool is_its =
        found && found->for_many && (!found->several || !is_of_many_users(thread, site, caller));
    return site->place->waits_for_many || is_its;
}

bool own_wait_is(struct thread *thread, const struct site *site, uint64_t caller,
                 enum own_wait may_be)
{
    if (may_be == OWN_WAIT_FOR_WORK)
        return own_wait_shares_loop(thread);
    return may_be == OWN_WAIT_IN_LOOP && is_in_loop(thread, site, caller);
}

bool own_wait_is_call(const struct call *call)
{
    return own_wait_is(call->task->thread, call->site, call->record.caller, own_wait_may_be(call));
}

void own_waits_begin(struct own_waits *own_waits)
{
    *own_waits =
        (struct own_waits){.listener = {.slow_call_begins = begin_call, .slow_called = add_call}};
}
