/*
 * connection.c: the phase that a connection is in, which calls move on.
 *
 *     phases                      who listens is told of each, and its lane is painted
 *     waiting for the program     what has come and was not read: since when, as far as is known
 *     calls                       at their begin, at their end, and while they block the thread
 */
#include "model/connection.h"

#include "base/memory.h"
#include "model/process.h"
#include "model/thread.h"
#include "model/thresholds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- phases --- */

static enum lane_state shown_state(const struct connection *connection)
{
    if (connection->phase == PHASE_OPENING)
        return LANE_OPENING;
    if (connection->blockers)
        return LANE_BLOCKED;
    return connection->phase == PHASE_FLIGHT ? LANE_FLIGHT : LANE_IDLE;
}

static const struct listeners *listeners(const struct connection *connection)
{
    return connection->all->listeners;
}

/* It has been in a state, up to a time. */
static void show(struct connection *connection, enum lane_state state, uint64_t time)
{
    if (connection->phase != PHASE_OVER && connection->since < time)
        TELL(listeners(connection), was, connection, state, connection->since, time);
    connection->since = time;
}

/* Tells what has been so far, before something changes. */
static void paint(struct connection *connection, uint64_t time)
{
    if (connection->is_watched)
        show(connection, shown_state(connection), time);
}

static void mark(struct connection *connection, enum lane_mark mark, uint64_t time)
{
    TELL(listeners(connection), marked, connection, mark, time);
}

/* It has waited for the program since then. */
static void paint_waiting(struct connection *connection, uint64_t since, uint64_t time)
{
    if (!connection->is_watched)
        return;
    if (since > connection->since)
        paint(connection, since);
    show(connection, LANE_WAITING, time);
}

/* Enters a phase; its flight, if that was one, was over at `landed`. */
static void enter_after(struct connection *connection, enum phase phase, uint64_t time,
                        uint64_t landed)
{
    if (connection->phase == phase)
        return;
    paint(connection, time);
    int change = (phase == PHASE_FLIGHT) - (connection->phase == PHASE_FLIGHT);
    if (change)
        TELL(listeners(connection), flight_changed, connection, change, change < 0 ? landed : time);
    connection->phase = phase;
}

static void enter(struct connection *connection, enum phase phase, uint64_t time)
{
    enter_after(connection, phase, time, time);
}

static struct peer *find_peer(struct connections *all, const char *text)
{
    uint64_t hash = map_mix_text(1, text);
    struct peer *peer = map_get(&all->peers, hash);
    if (peer || all->peers.count == PEERS_MAX)
        return peer ? peer : &all->others;
    peer = memory_alloc(1, sizeof *peer);
    peer->text = memory_copy(text);
    map_put(&all->peers, hash, peer);
    return peer;
}

static void count_accepted(struct connections *all, struct process *process)
{
    all->accepted++;
    if (++process->accepted > process->accepted_most)
        process->accepted_most = process->accepted;
}

struct connection *connection_open(struct connections *all, struct process *process,
                                   enum trace_peer_role role, const char *peer,
                                   struct caller caller, uint64_t time)
{
    struct kept kept;
    struct connection *connection =
        kept_allocate(sizeof *connection, &all->listeners->with_connections, &kept);
    *connection = (struct connection){
        .all = all,
        .process = process,
        .number = ++all->count,
        .role = role,
        .peer = memory_copy(peer),
        .host = find_peer(all, peer),
        .phase = role == TRACE_PEER_ACCEPT ? PHASE_READY : PHASE_OPENING,
        .since = time,
        .life = {.opened = time},
        .owner = caller,
        .kept = kept,
        .descriptors = 1,
        .users = 1,
    };
    if (role == TRACE_PEER_ACCEPT)
        count_accepted(all, process);
    return connection;
}

bool connection_is_repeated(const struct connection *connection, enum trace_peer_role role,
                            const char *peer)
{
    /* One that was seen to be writable meanwhile is asked for once more, to learn how it went. */
    bool unused = connection->phase == PHASE_READY && !connection->life.bytes_sent &&
                  !connection->life.bytes_received;
    return (connection->phase == PHASE_OPENING || unused) && connection->role == role &&
           !strcmp(connection->peer, peer);
}

/* --- waiting for the program --- */

static bool is_spare(const struct connection *connection)
{
    return connection->host->reused > connection->free_since;
}

/* The program has come to a connection that had been opened and not used. */
static void attend(struct connection *connection, struct thread *thread, uint64_t time)
{
    uint64_t since = connection->free_since;
    bool spare = is_spare(connection);
    connection->free_since = 0;
    if (!since || spare)
        return;
    TELL(listeners(connection), waited, connection, thread, WAIT_TO_BE_USED, since, time);
    paint_waiting(connection, since, time);
}

bool connection_waits(const struct connection *connection)
{
    return connection->arrived || (connection->free_since && !is_spare(connection));
}

uint64_t connection_may_wait_since(const struct connection *connection)
{
    if (connection->free_since)
        return connection->free_since;
    bool awaits = connection->phase == PHASE_FLIGHT || connection->role == TRACE_PEER_ACCEPT;
    return awaits || connection->arrived ? connection->floor : UINT64_MAX;
}

/* Since when the data that are being read lay there. */
static uint64_t came(const struct connection *connection)
{
    return connection->arrived > connection->floor ? connection->arrived : connection->floor;
}

static void forget_arrival(struct connection *connection, uint64_t time)
{
    connection->floor = time;
    connection->arrived = 0;
    connection->reported = 0;
    connection->left = false;
}

/* A peer of TLS sends tickets when the handshake is over for it, a way there and back after it is
 * for us. The kernel's clock for what comes is not exact. */
static bool may_be_ticket(const struct connection *connection, uint64_t came)
{
    uint64_t ready = connection->life.ready, since = connection->shaken_since;
    return connection->is_tls && (ready < since || came <= ready + (ready - since) + TICKET_NS);
}

void connection_unread(struct connection *connection, uint32_t bytes, uint64_t came)
{
    if (connection->is_tls && bytes <= connection->baseline)
        return;
    if (!came)
        came = connection->reported;
    if (may_be_ticket(connection, came))
        return;
    /* What TLS sends unasked comes before the answer, so the last to come is the answer. */
    if (came && (!connection->arrived || connection->is_tls || came < connection->arrived))
        connection->arrived = came;
}

void connection_leave(struct connection *connection, uint32_t bytes, uint64_t came)
{
    connection->left = true;
    if (bytes)
        connection_unread(connection, bytes, came);
}

void connection_readable(struct connection *connection, uint64_t time)
{
    if (!connection->reported)
        connection->reported = time;
}

void connection_set_baseline(struct connection *connection, uint32_t bytes)
{
    connection->baseline = bytes;
}

/* --- calls --- */

static void before_write(struct connection *connection, const struct thread *thread, uint32_t task,
                         uint64_t time)
{
    connection->before_write = connection->phase;
    enter(connection, PHASE_SENDING, time);
    if (!connection->life.sent)
        connection->owner = (struct caller){thread->process->pid, thread->number, task};
}

/* What was sent last is no request. */
static void withdraw(struct connection *connection)
{
    if (!connection->unanswered)
        return;
    TELL(listeners(connection), withdrawn, connection, connection->sender);
    connection->unanswered = false;
    connection->life.requests--;
    connection->all->requests--;
}

/* Q4: requests cannot be told apart from now on; one that is under way is none. */
static void mix(struct connection *connection, uint64_t time)
{
    withdraw(connection);
    if (connection->phase == PHASE_FLIGHT)
        enter(connection, PHASE_READY, time);
    connection->is_mixed = true;
}

/* Q11: whoever has read an answer elsewhere since the last write, and has neither looked at this
 * connection nor waited for many, among which it may have been, writes what wants no answer: lines
 * of a log, figures of a meter. */
static bool wants_no_answer(const struct connection *connection, const struct thread *thread)
{
    return connection->unanswered && !connection->is_looked_at && thread == connection->sender &&
           thread->answered > connection->floor &&
           thread->waits_for_many == connection->waits_for_many;
}

void connection_speak(struct connection *connection, const struct trace_http *http, uint64_t time)
{
    TELL(listeners(connection), spoke, connection, http);
    if (http->what == TRACE_HTTP_2 || http->status == SWITCHING_PROTOCOLS)
        mix(connection, time);
}

static void note_connected(struct connection *connection, uint64_t time)
{
    if (!connection->connected)
        connection->connected = time;
}

static void note_look(struct connection *connection)
{
    connection->is_looked_at = true;
    connection->is_one_way = false;
}

/* One that is under way is no request, and what follows is none until somebody looks for an
 * answer. */
static void go_one_way(struct connection *connection, uint64_t time)
{
    withdraw(connection);
    if (connection->phase == PHASE_FLIGHT)
        enter(connection, PHASE_READY, time);
    connection->is_one_way = true;
}

/* Who has set a time limit polls before each write (Python's sendall does). */
static void look_at(struct connection *connection, enum kind kind)
{
    if (kind == KIND_READ || connection->is_polled)
        note_look(connection);
    connection->is_polled = true;
}

void connection_call_begin(struct connection *connection, enum kind kind, struct thread *thread,
                           uint32_t task, uint64_t time)
{
    enum phase phase = connection->phase;
    if (kind == KIND_HANDSHAKE) {
        attend(connection, thread, time);
        if (!connection->is_tls)
            connection->shaken_since = time;
        note_connected(connection, time);
        connection->is_tls = true;
        if (phase == PHASE_READY || phase == PHASE_ANSWERED)
            enter(connection, PHASE_OPENING, time);
    }
    if (kind == KIND_WRITE && wants_no_answer(connection, thread))
        go_one_way(connection, time);
    if (kind == KIND_WRITE && phase != PHASE_SENDING && phase != PHASE_OVER) {
        attend(connection, thread, time);
        before_write(connection, thread, task, time);
    }
    if (kind == KIND_READ || kind == KIND_WAIT)
        look_at(connection, kind);
    if (kind == KIND_READ)
        connection->reads++;
    else if (kind == KIND_WRITE && connection->reads)
        mix(connection, time);
}

static void make_ready(struct connection *connection, uint64_t time)
{
    enter(connection, PHASE_READY, time);
    note_connected(connection, time);
    connection->life.ready = time;
    connection->floor = time;
    if (connection_asks(connection) && !connection->life.sent)
        connection->free_since = time;
}

void connection_writable(struct connection *connection, uint64_t time)
{
    if (connection->phase == PHASE_OPENING && !connection->is_tls) {
        make_ready(connection, time);
        TELL(listeners(connection), found_ready, connection, time);
    }
}

/* It never opened. */
static void fail(struct connection *connection, uint64_t time)
{
    connection->failed = true;
    connection->failed_at = time;
    mark(connection, MARK_FAILED, time);
}

static void after_connect(struct connection *connection, const struct trace_call *record,
                          uint64_t time)
{
    if (connection->phase != PHASE_OPENING)
        return;
    if (record->result == 0) {
        make_ready(connection, time);
    } else if (record->error != EINPROGRESS && record->error != EALREADY &&
               record->error != EINTR) {
        fail(connection, time);
        enter(connection, PHASE_OVER, time);
    }
}

static void count_sent(struct connection *connection, uint64_t bytes)
{
    connection->life.bytes_sent += bytes;
    connection->all->bytes_sent += bytes;
}

static void count_received(struct connection *connection, uint64_t bytes)
{
    connection->life.bytes_received += bytes;
    connection->all->bytes_received += bytes;
}

static void count_request(struct connection *connection, struct thread *thread, uint64_t time)
{
    if (connection->life.sent)
        connection->host->reused = time;
    else
        connection->life.sent = time;
    if (connection->is_mixed)
        return;
    connection->unanswered = true;
    connection->life.requests++;
    connection->all->requests++;
    TELL(listeners(connection), requested, connection, thread, time);
}

static void after_write(struct connection *connection, struct call_kind kind, struct thread *thread,
                        const struct trace_call *record, uint64_t time)
{
    if (connection->phase != PHASE_SENDING)
        return;
    if (record->result <= 0) {
        enter(connection, connection->before_write, time);
        return;
    }
    count_sent(connection, kind.traits & TRAIT_BYTES ? record->result : 0);
    forget_arrival(connection, time);
    connection->is_looked_at = connection->is_polled = false;
    connection->sender = thread;
    connection->slow_calls = thread->slow_calls;
    connection->waits_for_many = thread->waits_for_many;
    bool asks = connection_asks(connection) && !connection->is_one_way;
    enter(connection, asks ? PHASE_FLIGHT : PHASE_READY, time);
    mark(connection, MARK_SENT, time);
    if (asks && !connection->unanswered)
        count_request(connection, thread, time);
}

/* The remote's turn is over: something came, or nothing will. */
static void land(struct connection *connection, struct thread *thread, uint64_t time,
                 uint64_t landed)
{
    if (connection->unanswered) {
        TELL(listeners(connection), answered, connection, thread, landed);
        thread->answered = time;
    }
    if (connection->life.sent && !connection->life.answered)
        connection->life.answered = time;
    connection->unanswered = false;
    if (connection->phase != PHASE_SENDING)
        enter_after(connection, PHASE_ANSWERED, time, landed);
}

/* Whether a read that got nothing says that nothing more will come. */
static bool is_end(struct call_kind kind, const struct trace_call *record)
{
    return !(kind.traits & TRAIT_TLS) &&
           (record->result == 0 || (record->error != EAGAIN && record->error != EINTR));
}

/* What was read had come before the read began. */
static void take_arrival(struct connection *connection, struct thread *thread, uint64_t begin)
{
    uint64_t since = came(connection);
    if (since >= begin)
        return;
    TELL(listeners(connection), waited, connection, thread, WAIT_TO_BE_READ, since, begin);
    paint_waiting(connection, since, begin);
}

static void after_read(struct connection *connection, struct call_kind kind, struct thread *thread,
                       const struct trace_call *record, uint64_t time)
{
    bool got = record->result > 0;
    /* What it had to wait for was not what lay there. */
    if (connection->is_tls && time - record->head.time >= TRACE_LONG_CALL_NS)
        connection->arrived = 0;
    uint64_t landed = connection->arrived ? came(connection) : time;
    if (got || is_end(kind, record)) {
        connection->all->arrivals += got;
        connection->all->arrivals_early += got && connection->arrived;
        if (connection->arrived)
            take_arrival(connection, thread, record->head.time);
        land(connection, thread, time, landed);
    }
    if (got) {
        connection->last_read = time;
        count_received(connection, kind.traits & TRAIT_BYTES ? record->result : 0);
        mark(connection, MARK_RECEIVED, time);
    }
    forget_arrival(connection, time);
}

static void after_handshake(struct connection *connection, const struct trace_call *record,
                            uint64_t time)
{
    if (record->result > 0 && connection->phase == PHASE_OPENING)
        make_ready(connection, time);
}

void connection_call_end(struct connection *connection, struct call_kind kind,
                         struct thread *thread, const struct trace_call *record, uint64_t time)
{
    connection->last = thread;
    if (kind.kind == KIND_READ && connection->reads)
        connection->reads--;
    if (connection->phase == PHASE_OVER)
        return;
    switch (kind.kind) {
    case KIND_CONNECT:
        after_connect(connection, record, time);
        break;
    case KIND_HANDSHAKE:
        after_handshake(connection, record, time);
        break;
    case KIND_WRITE:
        after_write(connection, kind, thread, record, time);
        break;
    case KIND_WAIT: /* for it alone; of others the trace says what was ready */
        if (record->duration >= TRACE_LONG_CALL_NS)
            note_look(connection);
        if (record->fd >= 0 && record->result > 0)
            connection_writable(connection, time);
        break;
    case KIND_READ:
        after_read(connection, kind, thread, record, time);
        break;
    default:
        break;
    }
}

void connection_block(struct connection *connection, struct thread *thread, bool alone,
                      uint64_t time)
{
    if (alone)
        attend(connection, thread, time);
    paint(connection, time);
    connection->blockers++;
}

void connection_unblock(struct connection *connection, unsigned function, uint64_t blocked,
                        uint64_t time)
{
    paint(connection, time);
    connection->blockers--;
    connection->floor = time;
    if (connection->life.blocked < blocked) {
        connection->life.blocked = blocked;
        connection->life.blocker = function;
    }
}

/* A client that never reads what came unasked has not kept it waiting: of a connection at rest that
 * is its peer's goodbye. */
static bool is_owed_a_read(const struct connection *connection)
{
    return connection->arrived && (connection->unanswered || !connection_asks(connection));
}

/* Q10: whoever closes it after a write, without a wait or a look at it in between, has said
 * goodbye. A forked child may read the answer in its place. */
static bool is_goodbye(const struct connection *connection, const struct thread *thread)
{
    uint64_t forked = connection->process->forked;
    if (forked && forked >= connection->life.opened)
        return false;
    bool is_looked_at = connection->is_looked_at || connection->is_polled;
    return connection->unanswered && !is_looked_at && thread == connection->sender &&
           thread->slow_calls == connection->slow_calls;
}

void connection_say_goodbye(struct connection *connection, const struct thread *thread)
{
    if (connection->descriptors > 1 || !is_goodbye(connection, thread))
        return;
    withdraw(connection);
}

void connection_close(struct connection *connection, struct thread *thread, uint64_t time)
{
    if (--connection->descriptors == 0) {
        if (is_owed_a_read(connection) && thread)
            take_arrival(connection, thread, time);
        connection->life.closed = time;
        connection->process->accepted -= connection->role == TRACE_PEER_ACCEPT;
        if (connection->phase == PHASE_OPENING && !connection->life.ready)
            fail(connection, time);
        enter(connection, PHASE_OVER, time);
        TELL(listeners(connection), closed, connection);
    }
    connection_release(connection);
}

void connection_end(struct connection *connection, struct thread *main, uint64_t time)
{
    connection_close(connection, connection->last ? connection->last : main, time);
}

void connection_forget(struct connection *connection)
{
    TELL(listeners(connection), forgotten, connection);
    kept_free(&connection->kept);
    free(connection->peer);
    free(connection->owner_name);
    free(connection);
}

void connections_finish(struct connections *all)
{
    size_t position = 0;
    for (struct peer *peer; (peer = map_next(&all->peers, &position));) {
        free(peer->text);
        free(peer);
    }
    map_clear(&all->peers);
}
