/*
 * phases.c: follows each connection from request to request.
 *
 *     what is kept with a connection
 *     names          look-ups, and whose connection follows from them
 *     failures       connections that never opened, and look-ups that found nothing
 *     requests       asked: the phases of one, and its end
 *     served         the same for accepted connections
 *     the listener   which event means what
 */
#include "account/phases.h"

#include "account/attempts.h"
#include "account/slots.h"
#include "model/call.h"
#include "model/connection.h"
#include "model/process.h"

#include <errno.h>
#include <string.h>

/* What is kept with a connection. Times in ns; 0: not yet. */
struct talk {
    const char *name; /* of the host, or NULL */
    const char *peer; /* NULL: accepted */
    uint64_t began;   /* the first request: its look-up, or the connection itself */
    uint64_t lookup;  /* ns that the look-up took, if `has_lookup` */
    bool has_lookup;
    bool is_told;     /* what it took to open the connection is in a request */
    bool asks;        /* a request is being made, or served */
    bool is_interim;  /* an answer of 1xx has come: the rest of the request follows */
    bool answered;    /* the first byte of its answer has come, or was written */
    bool peer_left;   /* it sends nothing more */
    uint64_t next;    /* begin of a write that may be the next request's first */
    uint64_t begun;   /* of the request */
    uint64_t written; /* begin of its first write */
    uint64_t sent;    /* end of the last; served: end of the last read */
    uint64_t first;   /* of the answer: it came; served: begin of the first write */
    uint64_t last;    /* of the answer; 0: nothing came */
    const char *label;
    unsigned status;
    struct request_row *row; /* that its last request was counted in; NULL: none was */
};

static struct phases *phases_of(struct listener *listener)
{
    return (struct phases *)listener;
}

static struct talk *talk_of(struct connection *connection)
{
    return kept_of(&connection->kept, SLOT_PHASES);
}

static struct attempts *attempts_of(struct process *process)
{
    return kept_get(&process->kept, SLOT_PHASES, sizeof(struct attempts));
}

static uint64_t passed(uint64_t since, uint64_t until)
{
    return until > since ? until - since : 0;
}

/* --- names --- */

static struct caller caller_of(const struct task *task)
{
    return (struct caller){task->thread->process->pid, task->thread->number, task->number};
}

static void open_connection(struct listener *listener, struct connection *connection,
                            struct thread *thread, uint32_t task)
{
    (void)listener, (void)thread, (void)task;
    const struct origin *origin = lookups_origin(connection);
    struct talk *talk = talk_of(connection);
    talk->name = origin->name;
    talk->peer = origin->peer;
    talk->has_lookup = origin->thread != NULL;
    talk->lookup = origin->took;
    talk->began = origin->thread ? origin->begun : connection->life.opened;
}

/* --- failures --- */

static void add_request(struct phases *phases, struct request_row *row,
                        const struct request *request)
{
    requests_add(&phases->requests, row, request);
    if (phases->audience && phases->audience->requested)
        phases->audience->requested(phases->audience, request);
}

/* Q3: nobody has reached the host. */
static void add_failure(struct phases *phases, const struct attempt *attempt,
                        const struct process *process)
{
    struct request request = {
        .kind = {.name = attempt->name, .peer = attempt->peer},
        .begun = attempt->since,
        .failed = true,
        .process = process,
    };
    if (!attempt->failed)
        return;
    uint64_t took = passed(attempt->since, attempt->until);
    if (attempt->lookup)
        request_set(&request, PART_LOOKUP, attempt->since, attempt->lookup);
    if (took > attempt->lookup)
        request_set(&request, PART_CONNECT, attempt->since + attempt->lookup,
                    took - attempt->lookup);
    request_set(&request, PART_TOTAL, attempt->since, took);
    add_request(phases, requests_row(&phases->requests, &request.kind), &request);
}

static struct attempt *find_attempt(struct phases *phases, struct process *process,
                                    const char *host, const struct caller *caller)
{
    struct attempt replaced;
    struct attempt *attempt = attempts_find(attempts_of(process), host, caller, &replaced);
    add_failure(phases, &replaced, process);
    return attempt;
}

static struct attempt *attempt_of(struct phases *phases, const struct connection *connection,
                                  const struct talk *talk)
{
    return find_attempt(phases, connection->process, talk->name ? talk->name : talk->peer,
                        &connection->owner);
}

/* One that was overtaken by another one has not failed. */
static void fail_connection(struct phases *phases, struct connection *connection, uint64_t time)
{
    struct talk *talk = talk_of(connection);
    if (!connection_asks(connection) || connection->process->over)
        return;
    struct attempt *attempt = attempt_of(phases, connection, talk);
    if (attempt->reached >= connection->life.opened)
        return;
    attempt->name = talk->name;
    attempt->peer = talk->peer;
    attempt_fail(attempt, talk->began, time, talk->has_lookup ? talk->lookup : 0);
}

static void fail_lookup(struct phases *phases, const struct call *call, uint64_t time)
{
    const struct call_name *lookup = &call->task->lookup;
    uint64_t begun = call->record.head.time;
    if (!call->record.error || !lookup->text || lookup->call_begin != begun)
        return;
    const struct caller caller = caller_of(call->task);
    const char *name = lookups_keep(phases->lookups, lookup->text);
    struct attempt *attempt = find_attempt(phases, call->task->thread->process, name, &caller);
    attempt->name = name;
    attempt->peer = NULL;
    attempt_fail(attempt, begun, time, passed(begun, time));
}

/* Q2: what failed before is part of the request that reached the host. */
static void reach_host(struct phases *phases, const struct connection *connection,
                       struct talk *talk)
{
    struct attempt *attempt = attempt_of(phases, connection, talk);
    attempt->reached = connection->life.ready;
    if (!attempt->failed)
        return;
    attempt->failed = false;
    if (talk->began > attempt->since)
        talk->began = attempt->since;
    talk->lookup = talk->has_lookup ? talk->lookup : attempt->lookup;
    talk->has_lookup |= attempt->lookup > 0;
}

static void end_process(struct listener *listener, struct process *process)
{
    struct attempts *attempts = attempts_of(process);
    for (size_t i = 0; i < ATTEMPTS_MAX; i++)
        add_failure(phases_of(listener), &attempts->items[i], process);
}

/* --- requests --- */

/* Q5: what it took to open the connection belongs to the first request on it. */
static void add_opening(struct request *request, const struct connection *connection,
                        struct talk *talk)
{
    const struct lifeline *life = &connection->life;
    if (talk->is_told)
        return;
    talk->is_told = true;
    if (talk->has_lookup)
        request_set(request, PART_LOOKUP, talk->began, talk->lookup);
    if (connection->backlog_known)
        request_set(request, PART_BACKLOG, passed(connection->backlog, life->opened),
                    connection->backlog);
    if (connection_asks(connection) && connection->connected)
        request_set(request, PART_CONNECT, life->opened,
                    passed(life->opened, connection->connected));
    if (connection->is_tls && life->ready)
        request_set(request, PART_TLS, connection->shaken_since,
                    passed(connection->shaken_since, life->ready));
}

static void add_answer(struct request *request, const struct talk *talk, bool is_served)
{
    uint64_t asked = is_served ? talk->begun : talk->written;
    request_set(request, is_served ? PART_RECEIVE : PART_SEND, asked, passed(asked, talk->sent));
    if (!talk->last)
        return;
    request_set(request, PART_WAIT, talk->sent, passed(talk->sent, talk->first));
    request_set(request, is_served ? PART_SEND : PART_RECEIVE, talk->first,
                passed(talk->first, talk->last));
}

/* Q9: whoever leaves without an answer wanted none, or gave up. */
static bool has_left_unanswered(const struct connection *connection, const struct talk *talk)
{
    return !connection_asks(connection) && talk->peer_left && !talk->last;
}

/* Requests of a connection differ in their label at most. */
static struct request_row *row_of(struct phases *phases, struct talk *talk,
                                  const struct request_kind *kind)
{
    if (!talk->row || talk->row->kind.label != kind->label)
        talk->row = requests_row(&phases->requests, kind);
    return talk->row;
}

/* The request is over: another one begins, or the connection ends. */
static void end_request(struct phases *phases, struct connection *connection, struct talk *talk,
                        uint64_t time)
{
    bool is_served = !connection_asks(connection);
    if (!talk->asks || connection->is_mixed || has_left_unanswered(connection, talk))
        return;
    struct request request;
    request.kind = (struct request_kind){is_served, talk->name, talk->peer, talk->label};
    request.begun = talk->begun;
    request.has = 0;
    request.status = talk->status;
    request.failed = !talk->last;
    request.connection = connection->number;
    request.process = connection->process;
    memset(request.since, 0, sizeof request.since);
    memset(request.parts, 0, sizeof request.parts);
    add_opening(&request, connection, talk);
    add_answer(&request, talk, is_served);
    request_set(&request, PART_TOTAL, talk->begun,
                passed(talk->begun, talk->last ? talk->last : time));
    add_request(phases, row_of(phases, talk, &request.kind), &request);
    talk->asks = false;
}

static void begin_request(struct talk *talk, uint64_t begun)
{
    talk->asks = true;
    talk->answered = false;
    talk->begun = begun;
    talk->first = talk->last = 0;
    talk->label = NULL;
    talk->status = 0;
}

/* Q8: what follows an answer of 1xx is the rest of the request. */
static bool go_on(struct talk *talk, uint64_t time)
{
    bool goes_on = talk->asks && talk->is_interim;
    talk->is_interim = false;
    if (!goes_on)
        return false;
    talk->answered = false;
    talk->last = 0;
    talk->sent = time;
    return true;
}

void phases_request(struct phases *phases, struct connection *connection, uint64_t time)
{
    struct talk *talk = talk_of(connection);
    bool is_first = connection->life.requests == 1;
    if (go_on(talk, time))
        return;
    end_request(phases, connection, talk, time);
    begin_request(talk, is_first && talk->began ? talk->began : talk->next);
    talk->written = talk->next;
    talk->sent = time;
}

/* Q10, Q11: it was no request. */
static void withdraw(struct listener *listener, struct connection *connection,
                     struct thread *thread)
{
    (void)listener, (void)thread;
    talk_of(connection)->asks = false;
}

void phases_answer(struct connection *connection, uint64_t time)
{
    struct talk *talk = talk_of(connection);
    talk->answered = true;
    talk->first = time;
}

static void mark_asked(struct phases *phases, const struct connection *connection,
                       struct talk *talk, enum lane_mark mark, uint64_t time)
{
    if (mark == MARK_SENT && !connection->life.sent)
        reach_host(phases, connection, talk);
    if (mark == MARK_SENT && talk->asks && !talk->answered)
        talk->sent = time;
    else if (mark == MARK_RECEIVED && talk->asks)
        talk->last = time;
}

/* --- served --- */

/* Since when what is being read lay there, or now. */
static uint64_t arrival(const struct connection *connection, uint64_t time)
{
    uint64_t came = connection->arrived;
    if (came && came < connection->floor)
        came = connection->floor;
    return came && came < time ? came : time;
}

static void mark_served(struct phases *phases, struct connection *connection, struct talk *talk,
                        enum lane_mark mark, uint64_t time)
{
    if (mark == MARK_RECEIVED && (!talk->asks || talk->answered) && !go_on(talk, time)) {
        end_request(phases, connection, talk, time);
        begin_request(talk, arrival(connection, time));
    }
    if (mark == MARK_RECEIVED)
        talk->sent = time;
    else if (mark == MARK_SENT && talk->asks) {
        talk->first = talk->answered ? talk->first : talk->next;
        talk->answered = true;
        talk->last = time;
    }
}

/* --- the listener --- */

void phases_mark(struct phases *phases, struct connection *connection, enum lane_mark mark,
                 uint64_t time)
{
    struct talk *talk = talk_of(connection);
    if (mark == MARK_FAILED)
        fail_connection(phases, connection, time);
    else if (connection_asks(connection))
        mark_asked(phases, connection, talk, mark, time);
    else
        mark_served(phases, connection, talk, mark, time);
}

void phases_begin_call(const struct call *call, uint64_t time)
{
    if (call->kind.kind == KIND_WRITE && call_subject(call))
        talk_of(call_subject(call))->next = time;
}

static bool tells_of_the_end(const struct call *call)
{
    return call->kind.kind == KIND_READ && !(call->kind.traits & TRAIT_TLS) &&
           (!call->record.result || call->record.error == ECONNRESET);
}

void phases_end_call(struct phases *phases, const struct call *call, uint64_t time)
{
    struct connection *connection = call_subject(call);
    if (connection && tells_of_the_end(call))
        talk_of(connection)->peer_left = true;
    if (call->kind.traits & TRAIT_LOOKUP)
        fail_lookup(phases, call, time);
}

/* Q7: method and path say which request it is, where they are known. */
static void speak(struct listener *listener, struct connection *connection,
                  const struct trace_http *http)
{
    struct phases *phases = phases_of(listener);
    struct talk *talk = talk_of(connection);
    if (talk->asks && http->what == TRACE_HTTP_REQUEST)
        talk->label = lookups_keep(phases->lookups, http->text);
    else if (talk->asks && http->what == TRACE_HTTP_ANSWER) {
        talk->status = http->status;
        talk->is_interim = http->status < 200 && http->status != SWITCHING_PROTOCOLS;
    }
    if (http->status == SWITCHING_PROTOCOLS)
        end_request(phases, connection, talk, talk->last);
}

static void close_connection(struct listener *listener, struct connection *connection)
{
    phases_of(listener)->uncounted += connection->is_mixed;
    end_request(phases_of(listener), connection, talk_of(connection), connection->life.closed);
}

void phases_begin(struct phases *phases, struct lookups *lookups, struct audience *audience)
{
    *phases = (struct phases){.lookups = lookups,
                              .audience = audience,
                              .listener = {
                                  .keeps = {SLOT_PHASES, .connection = sizeof(struct talk)},
                                  .opened = open_connection,
                                  .withdrawn = withdraw,
                                  .spoke = speak,
                                  .closed = close_connection,
                                  .process_over = end_process,
                              }};
}

void phases_finish(struct phases *phases)
{
    requests_finish(&phases->requests);
}
