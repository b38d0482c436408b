/*
 * critical.c: how each thread came to where it is.
 *
 *     what is kept with a thread
 *     beginnings     a thread goes on where it was started
 *     waits          for a thread, a lock, a child, for many
 *     ends
 */
#include "account/critical.h"

#include "account/slots.h"
#include "model/call.h"
#include "model/channel.h"
#include "model/connection.h"
#include "model/model.h"
#include "model/site.h"
#include "model/thresholds.h"

/* Of a thread. */
struct way {
    struct path path;
    struct site *waited_at; /* its last wait for many, until it is known for whom; see `waited` */
    uint64_t waited_since;  /* ns */
    uint64_t waited;        /* ns; 0: that is known, or it was none */
    uint64_t begun;         /* ns: when the thread did */
    struct site *ticks_at;  /* its last wait for a timer */
    uint64_t ticked;        /* ns in such waits */
};

static struct way *way_of(struct thread *thread)
{
    return kept_of(&thread->kept, SLOT_CRITICAL);
}

/* What the thread did by itself up to a time. */
static void work(struct way *way, uint64_t time)
{
    path_add(&way->path, &(struct path_piece){.kind = PIECE_OWN}, time);
}

/* --- beginnings --- */

/* Z1: the one that has started it, or was it before exec; NULL: not recorded. */
static struct thread *starter_of(const struct model *model, const struct thread *thread)
{
    const struct process *process = thread->process;
    if (process->main != thread)
        return process->main;
    const struct process *starter = model_before_exec(model, process);
    starter = starter ? starter : process->parent;
    return starter ? starter->main : NULL;
}

static void begin_thread(struct listener *listener, struct thread *thread, uint64_t time)
{
    const struct model *model = ((struct critical *)listener)->model;
    struct thread *starter = starter_of(model, thread);
    struct path *path = &way_of(thread)->path;
    way_of(thread)->begun = time;
    *path = starter ? way_of(starter)->path : (struct path){0};
    if (!path->since)
        path->since = path->until = model->begin;
    path_add(path, &(struct path_piece){.kind = starter ? PIECE_OWN : PIECE_UNRECORDED}, time);
}

/* --- waits --- */

/* Z2: what it waited for had come as far as that thread, when the wait ended. */
static void follow(struct way *way, struct thread *other, const struct path_piece *rest,
                   uint64_t end)
{
    struct path path = way_of(other)->path, waiter = way->path;
    if (!path.since || path.until > end)
        return;
    if (path_go_on(&way->path, &path, rest))
        way->path = path;
    path_limit(&way->path, &waiter, end > waiter.until ? end - waiter.until : 0);
    path_add(&way->path,
             other->over || other->process->over ? rest : &(struct path_piece){.kind = PIECE_OWN},
             end);
}

/* Z6: it has waited for nothing but a timer. That it was kept for so long is no reason for its end:
 * who waits for that waits for the last tick at most. */
static bool is_ticker(const struct way *way)
{
    return way->ticked && way->ticked >= TICKER_SHARE * (way->path.until - way->begun);
}

static void note_tick(struct way *way, const struct call *call)
{
    way->ticked += call->end - call->record.head.time;
    way->ticks_at = site_place(call->site);
}

static bool is_within(const struct call *call, uint64_t time)
{
    return time > call->record.head.time && time <= call->end;
}

/* A signal that came when a child of the thread's process had ended told of that: so shells wait.
 */
static bool waits_for_child(const struct call *call, const struct process *child)
{
    const struct process *own = call->task->thread->process;
    bool is_own = child && child->parent_pid == own->pid && child->directory == own->directory;
    return call->kind.traits & TRAIT_CHILD || (call->kind.traits & TRAIT_SIGNAL && is_own);
}

/* Who let it go on, or NULL: nobody did, or that is not known. */
static struct thread *who_ended(const struct critical *critical, const struct call *call)
{
    struct thread *thread = call->task->thread, *joined = thread->process->last_ended;
    const struct process *child = critical->last_over;
    if (call->kind.traits & TRAIT_JOIN)
        return joined && is_within(call, way_of(joined)->path.until) ? joined : NULL;
    if (waits_for_child(call, child))
        return child && child->main && is_within(call, child->end) ? child->main : NULL;
    struct thread *other = call->lock.waker ? call->lock.waker : call->lock.holder;
    return other != thread ? other : NULL;
}

static void wait_for_many(struct way *way, const struct call *call)
{
    const struct path_piece events = {.kind = PIECE_EVENTS, .site = site_place(call->site)};
    uint64_t begun = way->path.until;
    way->waited = call->end > begun ? call->end - begun : 0;
    way->waited_since = begun;
    way->waited_at = site_place(call->site);
    path_add(&way->path, &events, call->end);
}

static void add_call(struct listener *listener, struct call *call)
{
    struct way *way = way_of(call->task->thread);
    uint64_t begin = call->record.head.time;
    if (call->parks || call->end < begin + TRACE_LONG_CALL_NS)
        return;
    work(way, begin);
    way->waited = 0;
    if (call->many) {
        wait_for_many(way, call);
        return;
    }
    const struct connection *subject = call_subject(call);
    struct path_piece piece = {
        .kind = PIECE_CALL, .site = site_place(call->site), .peer = subject ? subject->host : NULL};
    struct thread *other = who_ended((struct critical *)listener, call);
    bool joins_ticker = other && call->kind.traits & TRAIT_JOIN && is_ticker(way_of(other));
    if (channel_is_timer(call->task->thread->process, call->record.fd))
        note_tick(way, call);
    if (joins_ticker)
        piece.site = way_of(other)->ticks_at;
    else if (other)
        follow(way, other, &piece, call->end);
    path_add(&way->path, &piece, call->end);
}

/* Z3: a wait for many was for whom the thread turns to first. */
void critical_answer(struct thread *thread, const struct connection *connection)
{
    struct way *way = way_of(thread);
    if (way->waited)
        path_name_peer(&way->path, way->waited_at, way->waited_since, way->waited,
                       connection->host);
    way->waited = 0;
}

/* --- ends --- */

static void end_thread(struct listener *listener, struct thread *thread, uint64_t time)
{
    (void)listener;
    work(way_of(thread), time);
}

/* Z4: a run ends with its last process, and that with its main thread. */
static void end_process(struct listener *listener, struct process *process)
{
    struct critical *critical = (struct critical *)listener;
    struct thread *main = process->main;
    critical->last_over = process;
    if (!main || !way_of(main)->path.since)
        return;
    work(way_of(main), process->end);
    if (critical->path.until <= way_of(main)->path.until)
        critical->path = way_of(main)->path;
}

void critical_begin(struct critical *critical, const struct model *model)
{
    *critical = (struct critical){
        .listener =
            {
                .keeps = {SLOT_CRITICAL, .thread = sizeof(struct way)},
                .thread_begun = begin_thread,
                .slow_called = add_call,
                .thread_ended = end_thread,
                .process_over = end_process,
            },
        .model = model,
    };
}
