/*
 * serial.c: a thread's steps, each up to the answer to a request, are added to the row of their
 * process, peer and place; a row is gone through for each width as it grows, so it keeps no
 * requests.
 */
#include "account/serial.h"

#include "account/concurrency.h"
#include "account/interpreter.h"
#include "account/own_wait.h"
#include "account/slots.h"
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
    enum source {
        SOURCE_OWN,   /* what it sends it has of itself, or of the last answer */
        SOURCE_WOKEN, /* it has waited for descriptors since then */
        SOURCE_READ,  /* and read something that is no connection: that is what it sends */
        SOURCE_ASKED, /* the same, of a thread that it had told of the last answer */
    } source;
    uint64_t woken;               /* ns: the begin of the last wait for descriptors */
    bool timed_out;               /* what it has waited for descriptors last */
    bool is_paced;                /* it was slept for: the request comes at its time */
    bool by_sleeper;              /* the task of the last call has slept since then, parked */
    uint64_t sent;                /* ns: when it was written to its end; 0: it is not yet */
    uint64_t slept_until;         /* ns; whatever the thread did since then */
    const struct thread *told_by; /* who has told it something; NULL: nobody, or it has waited or
                                     read something else since */
    uint64_t told_in;             /* ns: the begin of the wait that this ended; 0: it was none */
    uint64_t waited_from;         /* ns: when its last wait began, or a sleep ended */
};

static struct serial_step *step_of(struct thread *thread)
{
    return kept_of(&thread->kept, SLOT_SERIAL);
}

/* Of a task that sleeps parked: until when it has, in ns. */
static uint64_t *task_slept_until(struct task *task)
{
    return kept_get(&task->kept, SLOT_SERIAL, sizeof(uint64_t));
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

/* R8: what was slept for was to be sent no sooner. */
static void note_pace(struct thread *thread)
{
    step_of(thread)->is_paced |= !step_of(thread)->sent;
}

/* R13: what it waited for may be something else than it was told before. */
static void forget_told(const struct call *call)
{
    struct serial_step *step = step_of(call->task->thread);
    bool waited = call->blocks || call->parks || call->many;
    if (!waited || interpreter_is_awaited_by(call))
        return;
    step->waited_from = call->kind.traits & TRAIT_SLEEP ? call->end : call->record.head.time;
    if (step->told_in != call->record.head.time)
        step->told_by = NULL;
}

static void end_call(struct listener *listener, struct call *call, uint64_t time)
{
    (void)listener;
    if (call->many)
        add_wait(call->task->thread, NULL, call->record.head.time, time);
    forget_told(call);
    if (!(call->kind.traits & TRAIT_SLEEP))
        return;
    if (call->parks) {
        *task_slept_until(call->task) = time;
        return;
    }
    note_pace(call->task->thread);
    step_of(call->task->thread)->slept_until = time;
}

/* A file is read without a wait for it. Of epoll it is not known what was waited for. */
static bool was_waited_for(const struct serial_step *step, const struct call *read)
{
    const struct watch *watch = read->task->watch;
    if (!watch || watch->call_begin != step->woken || watch->total != watch->count)
        return true;
    for (uint32_t i = 0; i < watch->count; i++)
        if (watch->descriptors[i] == read->record.fd)
            return true;
    return false;
}

/* R6: what the thread relays could not have been sent before it was read. A wake-up of another
 * thread is read as well: mostly by who has a connection opened then. */
static void note_source(struct serial_step *step, const struct call *call)
{
    bool is_read = call->kind.kind == KIND_READ;
    if (call->kind.kind == KIND_WAIT)
        step->woken = call->record.head.time;
    if (is_read && call->about_count)
        step->told_by = NULL;
    if (step->sent)
        return;
    if (call->kind.kind == KIND_CONNECT || (is_read && call->about_count))
        step->source = SOURCE_OWN;
    else if (call->kind.kind == KIND_WAIT && step->source == SOURCE_OWN)
        step->source = SOURCE_WOKEN;
    else if (is_read && step->source == SOURCE_WOKEN && was_waited_for(step, call))
        step->source = SOURCE_READ;
}

/* R13: who has begun no wait since an answer, and is told by the thread that has read it, goes on
 * with that answer. */
static bool is_for_answer(struct thread *teller, uint64_t waited_from)
{
    const struct serial_step *step = step_of(teller);
    return waited_from <= (step->answered ? step->time : step->since);
}

static void note_told(struct listener *listener, struct thread *thread, struct thread *by)
{
    (void)listener;
    struct serial_step *step = step_of(thread);
    step->told_by = is_for_answer(by, step->waited_from) ? by : NULL;
    step->told_in = 0;
    if (step->source == SOURCE_READ && !step->sent && step_of(by)->told_by == thread)
        step->source = SOURCE_ASKED;
}

/* The interpreter's lock tells nothing. */
static void note_let_in(struct listener *listener, const struct call *call, struct thread *waker)
{
    (void)listener;
    struct serial_step *step = step_of(call->task->thread);
    bool is_told =
        call->kind.traits & (TRAIT_CONDITION | TRAIT_SEMAPHORE) && !interpreter_is_awaited_by(call);
    if (!waker || waker == call->task->thread || !is_told)
        return;
    uint64_t from = call->blocks ? call->record.head.time : step->waited_from;
    step->told_by = is_for_answer(waker, from) ? waker : NULL;
    step->told_in = call->record.head.time;
}

/* R8: others of the thread go on while a task sleeps, and when a timer of the loop is due it is
 * that what the thread does next. */
static void note_pace_of_task(struct thread *thread)
{
    if (step_of(thread)->by_sleeper || step_of(thread)->timed_out)
        note_pace(thread);
}

static void send(struct listener *listener, struct connection *connection, struct thread *thread,
                 uint64_t time)
{
    (void)listener, (void)connection;
    struct serial_step *step = step_of(thread);
    note_pace_of_task(thread);
    step->sent = time;
    if (step->source == SOURCE_ASKED)
        step->waited = 0;
}

/* R8: whether a wait for work was ended by a thread that had slept meanwhile. */
static bool was_slept_for(const struct call *call)
{
    struct thread *waker = call->lock.waker;
    return waker && own_wait_is_to_be_given(call) &&
           step_of(waker)->slept_until > call->record.head.time;
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

/* R8: a loop's timer, or a poll for the sake of its time-out. What is ready at once then, as a
 * connection to write to, has ended no wait. Who waits for a connection may look at it, and no
 * more. */
static void note_time_out(struct serial_step *step, const struct call *call)
{
    if (call->kind.kind == KIND_WAIT && call_has_kept_thread(call))
        step->timed_out = call->record.result == 0 && !call->about_count;
}

static void add_call(struct listener *listener, struct call *call)
{
    (void)listener;
    note_time_out(step_of(call->task->thread), call);
    if (was_slept_for(call))
        note_pace(call->task->thread);
    if (call->site && call_has_blocked(call) && may_be_for_answer(call))
        add_wait(call->task->thread, call->site->place, call->record.head.time, call->end);
}

static void answer(struct listener *listener, struct connection *connection, struct thread *thread,
                   uint64_t time)
{
    (void)listener;
    if (connection->phase != PHASE_FLIGHT)
        return;
    step_of(thread)->answered = connection->host;
    step_of(thread)->time = time;
}

/* R2: if a request was answered, all about it is known when the next call begins, or the thread is
 * over. Nobody asks for those of a process that had two in flight (R3). */
static void end_step(struct listener *listener, struct thread *thread)
{
    struct serials *serials = (struct serials *)listener;
    struct serial_step *step = step_of(thread);
    if (!step->answered)
        return;
    struct serial *serial = NULL;
    if (flights_of(thread->process)->peak <= 1 && step->source != SOURCE_READ && !step->is_paced)
        serial = find(serials, thread->process, step->answered, step->place);
    uint64_t took = step->time > step->since ? step->time - step->since : 0;
    uint64_t waited = step->waited < took ? step->waited : took;
    if (serial)
        add(serial, took - waited, waited);
    *step = (struct serial_step){.since = step->time,
                                 .slept_until = step->slept_until,
                                 .told_by = step->told_by,
                                 .told_in = step->told_in,
                                 .waited_from = step->waited_from};
}

static void begin_call(struct listener *listener, struct call *call, uint64_t time)
{
    (void)time;
    end_step(listener, call->task->thread);
    struct serial_step *step = step_of(call->task->thread);
    const uint64_t *slept_until = kept_of(&call->task->kept, SLOT_SERIAL);
    step->by_sleeper = slept_until && *slept_until > step->since;
    note_source(step, call);
    if (call->kind.kind == KIND_CONNECT && step->timed_out)
        note_pace(call->task->thread);
}

void serials_begin(struct serials *serials)
{
    *serials = (struct serials){.listener = {
                                    .keeps = {SLOT_SERIAL, .thread = sizeof(struct serial_step)},
                                    .call_begins = begin_call,
                                    .slow_call_ends = end_call,
                                    .slow_called = add_call,
                                    .told = note_told,
                                    .let_in = note_let_in,
                                    .requested = send,
                                    .answered = answer,
                                    .thread_done = end_step,
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
