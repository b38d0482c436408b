/*
 * serial.c: a thread's steps, each up to the answer to a request, are added to the row of their
 * process, peer and place; a row is gone through for each width as it grows, so it keeps no
 * requests.
 */
#include "account/serial.h"

#include "account/concurrency.h"
#include "account/pace.h"
#include "account/slots.h"
#include "account/source.h"
#include "base/memory.h"
#include "model/call.h"
#include "model/connection.h"
#include "model/process.h"
#include "model/site.h"
#include "model/thread.h"
#include "model/thresholds.h"

#include <stdlib.h>

const unsigned serial_widths[SERIAL_WIDTHS] = {2, 4, 8, 16, 0};

/* --- a run with several at once --- */

/* A place that is free already, or the one that is free first. */
static uint64_t *first_free(struct serial_run *run, unsigned width)
{
    uint64_t *found = run->places;
    for (unsigned i = 1; run->thread < *found && i < width; i++)
        if (run->places[i] < *found)
            found = &run->places[i];
    return found;
}

void serial_run_add(struct serial_run *run, unsigned width, uint64_t worked, uint64_t waited)
{
    uint64_t *place = width ? first_free(run, width) : NULL;
    uint64_t begin = place && *place > run->thread ? *place : run->thread;
    run->thread = begin + worked;
    uint64_t end = run->thread + waited;
    if (place)
        *place = end;
    if (run->end < end)
        run->end = end;
}

static void add(struct serial *serial, uint64_t worked, uint64_t waited)
{
    serial->requests++;
    serial->worked += worked;
    serial->waited += waited;
    if (serial->longest < waited)
        serial->longest = waited;
    for (size_t i = 0; i < SERIAL_WIDTHS; i++)
        serial_run_add(&serial->runs[i], serial_widths[i], worked, waited);
}

static struct serial *find(struct serials *serials, struct process *process,
                           const struct peer *peer, struct site *place)
{
    uint64_t hash = map_mix(map_mix(process->number, (uintptr_t)peer), (uintptr_t)place);
    struct serial *first = map_get(&serials->by_hash, hash);
    for (struct serial *each = first; each; each = each->next)
        if (each->process == process && each->peer == peer && each->site == place)
            return each;
    if (serials->count == SERIALS_MAX)
        return NULL;
    struct serial *serial = memory_alloc(1, sizeof *serial);
    *serial = (struct serial){.process = process, .peer = peer, .site = place, .next = first};
    map_put(&serials->by_hash, hash, serial);
    serials->items =
        memory_grow(serials->items, serials->count, &serials->capacity, sizeof *serials->items);
    return serials->items[serials->count++] = serial;
}

/* --- a thread's requests --- */

/* Of a thread: the request that it is making, or has just made. */
struct serial_step {
    uint64_t since;              /* ns; all before belongs to earlier ones; 0: nothing yet */
    uint64_t waited;             /* ns since then */
    struct site *place;          /* that waited longest: for the answer, or else before; NULL: it
                                    was a wait for many, or nothing */
    uint64_t longest;            /* ns: how long it did */
    bool is_answers;             /* it waited for the answer */
    const struct peer *answered; /* by whom; NULL: it is not over */
    uint64_t time;               /* ns: when it was */
    uint64_t sent;               /* ns: when it was written to its end; 0: it is not yet */
    bool opens;                  /* a connection, since then */
    struct pace pace;
    struct source source;
};

static struct serial_step *step_of(struct thread *thread)
{
    return kept_of(&thread->kept, SLOT_SERIAL);
}

/* R10: what comes before the answer takes longer than it does, or not, from one request to the
 * next. */
static void note_place(struct serial_step *step, struct site *place, uint64_t waited,
                       bool is_answers)
{
    bool says_more = is_answers == step->is_answers ? waited > step->longest : is_answers && waited;
    if (!says_more)
        return;
    step->longest = waited;
    step->place = place;
    step->is_answers = is_answers;
}

/* R1: the thread has waited from `begin` to `end`, at a place, or for many. */
static void add_wait(struct thread *thread, struct site *place, uint64_t begin, uint64_t end)
{
    struct serial_step *step = step_of(thread);
    bool is_answers = step->sent && begin >= step->sent;
    if (begin < step->since)
        begin = step->since;
    uint64_t waited = end > begin ? end - begin : 0;
    step->waited += waited;
    note_place(step, place, waited, is_answers);
}

/* Of a process: when a name was last begun to be looked up, in ns. A loop has others do that. */
static uint64_t *looked_up(struct thread *thread)
{
    return kept_get(&thread->process->kept, SLOT_SERIAL, sizeof(uint64_t));
}

/* R14: who has sent nothing, and opens and looks up nothing either, waits for something else, as
 * for a child's output. That is the thread's own work. */
static bool may_wait_for_request(struct thread *thread)
{
    const struct serial_step *step = step_of(thread);
    return step->sent || step->opens || *looked_up(thread) > step->since;
}

static void end_call(struct listener *listener, struct call *call, uint64_t time)
{
    (void)listener;
    if (call->many && may_wait_for_request(call->task->thread))
        add_wait(call->task->thread, NULL, call->record.head.time, time);
    source_end_call(&step_of(call->task->thread)->source, call);
    pace_end_call(&step_of(call->task->thread)->pace, call, time);
}

/* 0: it has read none. */
static uint64_t last_answer(struct thread *thread)
{
    const struct serial_step *step = step_of(thread);
    return step->answered ? step->time : step->since;
}

static void note_told(struct listener *listener, struct thread *thread, struct thread *by)
{
    (void)listener;
    struct source *source = &step_of(thread)->source;
    source_told(source, by, last_answer(by));
    if (step_of(by)->source.told_by == thread)
        source_asked(source);
}

static void note_let_in(struct listener *listener, const struct call *call, struct thread *waker)
{
    (void)listener;
    source_let_in(&step_of(call->task->thread)->source, call, waker,
                  waker ? last_answer(waker) : 0);
}

void serials_request(struct thread *thread, uint64_t time)
{
    struct serial_step *step = step_of(thread);
    pace_send(&step->pace);
    source_send(&step->source);
    step->sent = time;
    if (step->source.kind == SOURCE_ASKED)
        step->waited = 0;
}

static void withdraw(struct listener *listener, struct connection *connection,
                     struct thread *thread)
{
    (void)listener, (void)connection;
    struct serial_step *step = step_of(thread);
    if (step->answered)
        return;
    step->sent = 0;
    pace_withdraw(&step->pace);
    source_withdraw(&step->source);
}

/* R11: nobody knows whether a wait for a connection was one for an answer where requests cannot be
 * told apart. */
static bool may_be_for_answer(const struct call *call)
{
    const struct connection *connection = call_subject(call);
    if (!call->about_count)
        return call->kind.traits & TRAIT_LOOKUP;
    return !connection || !connection->is_mixed;
}

static void add_call(struct listener *listener, struct call *call)
{
    (void)listener;
    struct thread *waker = call->lock.waker;
    pace_add_call(&step_of(call->task->thread)->pace, call, waker ? &step_of(waker)->pace : NULL);
    if (call->site && call_has_blocked(call) && may_be_for_answer(call))
        add_wait(call->task->thread, call->site->place, call->record.head.time, call->end);
}

void serials_answer(const struct connection *connection, struct thread *thread, uint64_t time)
{
    if (connection->phase != PHASE_FLIGHT)
        return;
    step_of(thread)->answered = connection->host;
    step_of(thread)->time = time;
}

/* R2: if a request was answered, all about it is known when the next call begins, or the thread is
 * over. Nobody asks for those of a process that had two in flight (R3). */
static void end_step(struct serials *serials, struct thread *thread)
{
    struct serial_step *step = step_of(thread);
    struct serial *serial = NULL;
    if (flights_of(thread->process)->peak <= 1 && step->source.kind != SOURCE_READ &&
        !step->pace.is_slept_for)
        serial = find(serials, thread->process, step->answered, step->place);
    uint64_t took = step->time > step->since ? step->time - step->since : 0;
    uint64_t waited = step->waited < took ? step->waited : took;
    if (serial)
        add(serial, took - waited, waited);
    pace_next(&step->pace, step->time);
    source_next(&step->source);
    *step = (struct serial_step){.since = step->time, .pace = step->pace, .source = step->source};
}

/* R15: one read or wait is short, a thousand of them are not. Of these no stack is known. */
static void add_short_wait(struct serial_step *step, const struct call *call)
{
    bool waits = call->kind.kind == KIND_READ || call->kind.kind == KIND_WAIT;
    if (!call->in_flight || !step->sent || !waits || call_is_slow(call) ||
        call_subject(call)->is_mixed)
        return;
    uint64_t waited = call->end - call->record.head.time;
    step->waited += waited;
    note_place(step, NULL, waited, true);
}

void serials_begin_call(struct serials *serials, struct call *call, uint64_t time)
{
    struct serial_step *step = step_of(call->task->thread);
    if (step->answered)
        end_step(serials, call->task->thread);
    add_short_wait(step, call);
    step->opens |= call->kind.kind == KIND_CONNECT;
    if (call->kind.traits & TRAIT_LOOKUP)
        *looked_up(call->task->thread) = time;
    pace_begin_call(&step->pace, call);
    source_begin_call(&step->source, call);
}

static void end_thread(struct listener *listener, struct thread *thread)
{
    if (step_of(thread)->answered)
        end_step((struct serials *)listener, thread);
}

void serials_begin(struct serials *serials)
{
    *serials = (struct serials){.listener = {
                                    .keeps = {SLOT_SERIAL, .thread = sizeof(struct serial_step)},
                                    .slow_call_ends = end_call,
                                    .slow_called = add_call,
                                    .told = note_told,
                                    .let_in = note_let_in,
                                    .withdrawn = withdraw,
                                    .thread_done = end_thread,
                                }};
}

void serials_finish(struct serials *serials)
{
    for (size_t i = 0; i < serials->count; i++)
        free(serials->items[i]);
    free(serials->items);
    map_clear(&serials->by_hash);
    *serials = (struct serials){0};
}
