/*
 * call_pool.c: from calls to limits.
 *
 *     which calls     long ones, but for waits for work, for others and for answers
 *     calls           of one place: who goes on, takes the next job, or was let in by whom
 *     a limit         that threads take turns, or that jobs lie in a queue, shows it
 */
#include "account/call_pool.h"

#include "account/convoy.h"
#include "account/interpreter.h"
#include "account/job.h"
#include "account/pool.h"
#include "base/memory.h"
#include "model/call.h"
#include "model/process.h"
#include "model/site.h"
#include "model/thread.h"

#include <stdlib.h>

/* --- which calls --- */

/* P6: those that wait for work or for others are none, and requests are counted as such. */
static bool is_counted(const struct call *call)
{
    enum {
        WAITS = TRAIT_LOOKUP | TRAIT_ACCEPT | TRAIT_LOCK | TRAIT_CONDITION | TRAIT_SEMAPHORE |
                TRAIT_JOIN | TRAIT_FILE_LOCK
    };
    bool does = call->kind.kind == KIND_OTHER || call->kind.kind == KIND_WRITE;
    return does && !(call->kind.traits & WAITS) && !call->about_count && call->site &&
           (call->blocks || call->parks);
}

/* --- the calls of one place --- */

static const struct process *ancestor(const struct process *process)
{
    while (process->parent)
        process = process->parent;
    return process;
}

/* Other programs may have the same place. */
static bool is_at(const struct call_pool *pool, const struct site *site)
{
    return pool->site->place == site->place &&
           ancestor(pool->site->process) == ancestor(site->process);
}

/* P7: jobs lie in the queue of an executor, whose threads take one after another. */
static bool is_executor(const struct site *site)
{
    static const char *const workers[][2] = {
        {"/concurrent/futures/thread.py", "_worker"},
        {"/concurrent/futures/process.py", "_process_worker"},
        {"/multiprocessing/pool.py", "worker"},
    };
    for (size_t i = 0; i < sizeof workers / sizeof *workers; i++)
        if (site_is_below_python(site, workers[i][0], workers[i][1]))
            return true;
    return false;
}

/* NULL when there is no room. */
static struct call_pool *find(struct call_pools *pools, struct site *site)
{
    uint64_t hash = map_mix(site->place->number, ancestor(site->process)->number);
    struct call_pool *first = map_get(&pools->by_hash, hash), *pool = first;
    while (pool && !is_at(pool, site))
        pool = pool->next;
    if (pool || pools->count == CALL_POOLS_MAX)
        return pool;
    pool = memory_alloc(1, sizeof *pool);
    *pool = (struct call_pool){.site = site, .is_executor = is_executor(site), .next = first};
    map_put(&pools->by_hash, hash, pool);
    return pools->items[pools->count++] = pool;
}

static struct call_pool *pool_of(struct call_pools *pools, struct site *site)
{
    pools->by_site = memory_reach(pools->by_site, site->number, &pools->site_capacity,
                                  sizeof(struct call_pool *));
    if (!pools->by_site[site->number])
        pools->by_site[site->number] = find(pools, site);
    return pools->by_site[site->number];
}

/* NULL: it has made none, or there are too many. */
static struct caller_thread *find_thread(struct call_pool *pool, const struct thread *thread)
{
    for (size_t i = 0; i < pool->thread_count; i++)
        if (pool->threads[i].thread == thread)
            return &pool->threads[i];
    return NULL;
}

/* `known`: it, if it is there already. */
static void add_thread(struct call_pool *pool, struct caller_thread *known, struct thread *thread)
{
    if (!known && pool->thread_count < CALL_POOL_THREADS_MAX) {
        known = &pool->threads[pool->thread_count++];
        known->thread = thread;
    }
    if (!known)
        return;
    known->waits = pool_asker(thread)->waits;
    known->given = pool_asker(thread)->given;
}

/* P7: it has not waited for long since its last one. */
static bool goes_on(const struct caller_thread *known)
{
    return known && known->waits == pool_asker(known->thread)->waits;
}

/* P7: its next job was there when it had done the last one. */
static bool takes_next(const struct caller_thread *known)
{
    return goes_on(known) && known->given == pool_asker(known->thread)->given;
}

/* P7: it has waited until another thread that had just made one let it in, and has made no other
 * call and computed nothing since, however late it begins. */
static bool is_let_in(const struct call_pool *pool, const struct call *call)
{
    const struct asker *asker = pool_asker(call->task->thread);
    return asker->let_in_to == pool && call->cpu <= asker->let_in_cpu + pool->calls.prompt_ns;
}

/* P7: who was given a job waited for that, and not for its turn. */
static const struct thread *turn_of(struct call_pool *pool, struct thread *thread)
{
    const struct thread *waker = pool_asker(thread)->waker;
    return !waker || find_thread(pool, waker) ? thread : NULL;
}

/* P10: what a worker of an executor that is a process does may have been given to it then. */
static uint64_t given(const struct call_pool *pool, struct thread *thread)
{
    return pool->is_executor && !thread->number ? job_was_given(thread) : 0;
}

/* A worker that is a process reads its jobs from a pipe. */
static bool may_wait_for_work(const struct call *call)
{
    bool is_main = !call->task->thread->number;
    bool waits =
        call->kind.traits & (TRAIT_CONDITION | TRAIT_SEMAPHORE) && !interpreter_is_awaited_by(call);
    bool reads = is_main && call->kind.kind == KIND_READ && !call->about_count;
    return (call->blocks || call->parks) && (waits || reads);
}

/* P7: where the last call of who ended the wait had just ended; NULL: it had none, or did something
 * else in between. The wait's time in the run queue is not the waker's. */
static struct call_pool *let_in_to(const struct call *call)
{
    struct thread *waker = call->lock.waker;
    if (!waker || waker == call->task->thread || convoy_is_at_runtimes_condition(call))
        return NULL;
    const struct asker *asker = pool_asker(waker);
    if (!asker->last_pool || call->end < asker->last_end)
        return NULL;
    uint64_t late = call->end - asker->last_end;
    return late <= asker->last_pool->calls.prompt_ns + call->queued ? asker->last_pool : NULL;
}

/* P7: who was let in, and waits again, has found that the other one had gone on itself. */
static void note_vain(const struct asker *asker, const struct call *call)
{
    struct call_pool *pool = asker->let_in_to;
    if (pool && call->cpu <= asker->let_in_cpu + pool->calls.prompt_ns)
        pool->in_vain++;
}

/* P7: however short the wait was, somebody else had to come first: a thread that makes none of
 * these calls, or one that was given work itself, and let in the next. Two that have done their
 * jobs may meet in a lock of the queue as well: that is no such wait. */
static void note_giver(struct listener *listener, const struct call *call, struct thread *waker)
{
    (void)listener;
    struct asker *asker = pool_asker(call->task->thread);
    bool waits = call->kind.traits & (TRAIT_CONDITION | TRAIT_SEMAPHORE);
    if (!waits || !waker || waker == call->task->thread || interpreter_is_awaited_by(call))
        return;
    struct asker *giver = pool_asker(waker);
    job_give(waker, call->end);
    asker->given += giver->last_pool != asker->last_pool || giver->given != giver->given_by_last;
}

/* P11 */
static void begin_slow(struct listener *listener, struct call *call, uint64_t time)
{
    (void)listener, (void)time;
    pool_asker(call->task->thread)->load = served_load(call->task->thread->process);
}

/* P7: who gets its next job as soon as that has not waited for one, unless it was given to it. */
static void note_wait(const struct call *call)
{
    struct asker *asker = pool_asker(call->task->thread);
    if (may_wait_for_work(call)) {
        job_wait(call);
        note_vain(asker, call);
        asker->waits += call->blocked >= call->queued + POOL_CALL_PROMPT_NS;
        asker->let_in_to = let_in_to(call);
        asker->let_in_cpu = call->cpu;
    }
    if (call->lock.address && !call->lock.file) {
        asker->waker = call->lock.waker;
        if (!interpreter_is_met_in(call) && !convoy_is_within_runtime(call))
            asker->let_go_by = call->lock.waker;
    }
}

/* P8: who takes from a full queue ends the waits of those that put into it. */
static void note_room(const struct call *call)
{
    struct thread *taker = call->lock.waker;
    struct call_pool *pool = taker ? pool_asker(taker)->last_pool : NULL;
    if (pool && call->site && call_has_blocked(call) && site_awaits_room(call->site))
        pool->room_awaited += call->blocked;
}

/* P6 */
static void add_time(struct call_pool *pool, uint64_t time)
{
    pool->count++;
    pool->all += time;
    if (pool->longest < time)
        pool->longest = time;
    double soon = POOL_CALL_PROMPT_SHARE * pool->all / pool->count;
    pool->calls.prompt_ns = soon > POOL_CALL_PROMPT_NS ? soon : POOL_CALL_PROMPT_NS;
}

static void note_end(struct call_pool *pool, const struct call *call)
{
    struct asker *asker = pool_asker(call->task->thread);
    asker->let_in_to = NULL;
    job_start(call->task->thread);
    asker->last_pool = pool;
    asker->last_end = call->end;
    asker->given_by_last = asker->given;
}

static void add_call(struct listener *listener, struct call *call)
{
    struct thread *thread = call->task->thread;
    const struct asker *asker = pool_asker(thread);
    uint64_t begin = call->record.head.time;
    note_wait(call);
    note_room(call);
    if (!is_counted(call) || call->end <= begin)
        return;
    struct call_pool *pool = pool_of((struct call_pools *)listener, call->site);
    if (!pool)
        return;
    struct caller_thread *known = find_thread(pool, thread);
    concurrency_add(&pool->calls, &(struct flight_change){.time = begin,
                                                          .change = 1,
                                                          .goes_on = goes_on(known),
                                                          .takes_next = takes_next(known),
                                                          .is_let_in = is_let_in(pool, call),
                                                          .given = given(pool, thread),
                                                          .asked = asker->load.asked,
                                                          .unanswered = asker->load.unanswered,
                                                          .requests = asker->load.requests,
                                                          .who = turn_of(pool, thread),
                                                          .who_since = asker->begun});
    const struct served_load load = served_load(thread->process);
    concurrency_add(&pool->calls, &(struct flight_change){.time = call->end,
                                                          .change = -1,
                                                          .unanswered = load.unanswered,
                                                          .requests = load.requests,
                                                          .who = thread,
                                                          .who_since = asker->begun});
    add_thread(pool, known, thread);
    add_time(pool, call->end - begin);
    pool->requests = load.requests;
    note_end(pool, call);
}

/* --- a limit --- */

/* P7: the same of threads that have waited for jobs. All of them are at it. */
static bool are_workers(const struct call_pool *pool)
{
    size_t workers = 0;
    for (size_t i = 0; i < pool->thread_count; i++)
        workers += pool_asker(pool->threads[i].thread)->waited_for_work;
    return pool->calls.peak > 1 && pool->calls.peak == pool->thread_count &&
           workers >= POOL_PEAK_SHARE * pool->thread_count;
}

/* P7: of those that went on by themselves so many did before one that they had let in. */
static uint64_t let_in(const struct call_pool *pool)
{
    uint64_t went_on = pool->calls.went_on;
    return pool->calls.let_in + (pool->in_vain < went_on ? pool->in_vain : went_on);
}

static bool are_let_in(const struct call_pool *pool)
{
    return concurrency_is_full(&pool->calls) &&
           let_in(pool) >= POOL_PROMPT_SHARE * pool->calls.refills;
}

static bool start_in_turn(const struct concurrency *calls)
{
    return concurrency_is_limited(calls) && calls->prompt_turns >= POOL_REFILLS_MIN &&
           calls->prompt_turns >= POOL_TURNS_SHARE * calls->refills;
}

/* P7: threads that all can be at it at once take no turns, in whatever order each goes on. */
static bool takes_turns(const struct call_pool *pool)
{
    return pool->thread_count > pool->calls.peak &&
           (are_let_in(pool) || start_in_turn(&pool->calls));
}

/* P7: that jobs lie in the queue is known without a look at the clock. */
static bool has_queue(const struct call_pool *pool)
{
    const struct concurrency *calls = &pool->calls;
    return (pool->is_executor || are_workers(pool)) && concurrency_is_full(calls) &&
           calls->batches <= calls->refills &&
           calls->took_next >= POOL_PROMPT_SHARE * calls->refills;
}

/* P11: that each request is for one call at most, and most calls are for one, tells those who wait
 * for their turn from those that take several. */
static bool are_for_requests(const struct call_pool *pool)
{
    return pool->count <= pool->requests && pool->count >= POOL_PROMPT_SHARE * pool->requests;
}

/* P11: clients that ask again when they have their answers. */
static bool has_requests(const struct call_pool *pool)
{
    const struct concurrency *calls = &pool->calls;
    return are_for_requests(pool) && concurrency_is_limited(calls) &&
           calls->awaited >= POOL_PROMPT_SHARE * calls->refills &&
           calls->unasked >= POOL_TURNS_SHARE * calls->refills;
}

/* P11: clients that ask all the time. Requests that no call was for may have waited for something
 * else. */
static bool queues_requests(const struct call_pool *pool)
{
    const struct concurrency *calls = &pool->calls;
    return are_for_requests(pool) && concurrency_is_full(calls) &&
           concurrency_queued(calls, pool->requests - pool->count) >=
               POOL_PROMPT_SHARE * calls->refills &&
           calls->prompt_refills >= POOL_TURNS_SHARE * calls->refills;
}

uint64_t call_pool_prompt(const struct call_pool *pool)
{
    const struct concurrency *calls = &pool->calls;
    if (!takes_turns(pool))
        return has_queue(pool) ? calls->took_next : calls->prompt_refills;
    return are_let_in(pool) ? let_in(pool) : calls->prompt_refills;
}

unsigned call_pool_limit(const struct call_pool *pool)
{
    bool is_limited =
        takes_turns(pool) || has_queue(pool) || has_requests(pool) || queues_requests(pool);
    return is_limited ? pool->calls.peak : 0;
}

/* --- the account --- */

void call_pools_begin(struct call_pools *pools)
{
    *pools = (struct call_pools){.listener = {.let_in = note_giver,
                                              .slow_call_begins = begin_slow,
                                              .slow_called = add_call}};
}

void call_pools_close(struct call_pools *pools)
{
    for (size_t i = 0; i < pools->count; i++)
        concurrency_finish(&pools->items[i]->calls);
}

void call_pools_finish(struct call_pools *pools)
{
    for (size_t i = 0; i < pools->count; i++)
        free(pools->items[i]);
    map_clear(&pools->by_hash);
    free(pools->by_site);
    *pools = (struct call_pools){0};
}
