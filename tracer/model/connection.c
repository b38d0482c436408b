#include "model/connection.h"

#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static enum lane_state shown_state(const struct connection *connection)
{
    if (connection->phase == PHASE_OPENING)
        return LANE_OPENING;
    if (connection->blockers)
        return LANE_BLOCKED;
    return connection->phase == PHASE_FLIGHT ? LANE_FLIGHT : LANE_IDLE;
}

/* Paints what has been so far, before something changes. */
static void paint(struct connection *connection, uint64_t time)
{
    if (connection->lane && connection->phase != PHASE_OVER)
        timeline_paint(&connection->all->timeline, connection->lane, shown_state(connection),
                       connection->since, time);
    connection->since = time;
}

static void mark(struct connection *connection, enum lane_mark mark, uint64_t time)
{
    if (connection->lane)
        timeline_mark(&connection->all->timeline, connection->lane, mark, time);
}

static void enter(struct connection *connection, enum phase phase, uint64_t time)
{
    if (connection->phase == phase)
        return;
    paint(connection, time);
    int change = (phase == PHASE_FLIGHT) - (connection->phase == PHASE_FLIGHT);
    if (change)
        concurrency_change(&connection->all->concurrency, change, time);
    connection->phase = phase;
}

static bool asks(const struct connection *connection)
{
    return connection->role == TRACE_PEER_CONNECT;
}

static void add_step(struct connection *connection, enum step step)
{
    if (asks(connection))
        steps_add(&connection->all->steps, step);
}

struct connection *connection_open(struct connections *all, enum trace_peer_role role,
                                   const char *peer, struct caller caller, uint64_t time)
{
    struct connection *connection = memory_alloc(1, sizeof *connection);
    *connection = (struct connection){
        .all = all,
        .number = ++all->count,
        .role = role,
        .peer = memory_copy(peer),
        .phase = role == TRACE_PEER_ACCEPT ? PHASE_READY : PHASE_OPENING,
        .since = time,
        .life = {.opened = time},
        .lane = timeline_add(&all->timeline, all->count, peer, caller),
        .descriptors = 1,
        .users = 1,
    };
    all->accepted += role == TRACE_PEER_ACCEPT;
    add_step(connection, STEP_OPEN);
    return connection;
}

bool connection_is_repeated(const struct connection *connection, enum trace_peer_role role,
                            const char *peer)
{
    return connection->phase == PHASE_OPENING && connection->role == role &&
           !strcmp(connection->peer, peer);
}

static void before_write(struct connection *connection, struct caller caller, uint64_t time)
{
    connection->before_write = connection->phase;
    enter(connection, PHASE_SENDING, time);
    if (connection->lane && !connection->life.requests)
        connection->lane->owner = caller;
}

void connection_call_begin(struct connection *connection, enum kind kind, struct caller caller,
                           uint64_t time)
{
    enum phase phase = connection->phase;
    if (kind == KIND_HANDSHAKE && (phase == PHASE_READY || phase == PHASE_ANSWERED))
        enter(connection, PHASE_OPENING, time);
    if (kind == KIND_WRITE && phase != PHASE_SENDING && phase != PHASE_OVER)
        before_write(connection, caller, time);
}

static void make_ready(struct connection *connection, uint64_t time)
{
    enter(connection, PHASE_READY, time);
    connection->life.ready = time;
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
        enter(connection, PHASE_OVER, time);
        mark(connection, MARK_FAILED, time);
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

static void count_request(struct connection *connection, uint64_t time)
{
    connection->unanswered = true;
    connection->life.requests++;
    connection->all->requests++;
    if (!connection->life.sent)
        connection->life.sent = time;
    add_step(connection, STEP_SEND);
}

static void after_write(struct connection *connection, struct call_kind kind,
                        const struct trace_call *record, uint64_t time)
{
    if (connection->phase != PHASE_SENDING)
        return;
    if (record->result <= 0) {
        enter(connection, connection->before_write, time);
        return;
    }
    count_sent(connection, kind.counts_bytes ? record->result : 0);
    enter(connection, asks(connection) ? PHASE_FLIGHT : PHASE_READY, time);
    mark(connection, MARK_SENT, time);
    if (asks(connection) && !connection->unanswered)
        count_request(connection, time);
}

/* The remote's turn is over: something came, or nothing will. */
static void land(struct connection *connection, uint64_t time)
{
    if (connection->unanswered) {
        add_step(connection, STEP_RECEIVE);
        if (!connection->life.answered)
            connection->life.answered = time;
    }
    connection->unanswered = false;
    if (connection->phase != PHASE_SENDING)
        enter(connection, PHASE_ANSWERED, time);
}

/* Whether a read that got nothing says that nothing more will come. */
static bool is_end(struct call_kind kind, const struct trace_call *record)
{
    return !kind.is_tls &&
           (record->result == 0 || (record->error != EAGAIN && record->error != EINTR));
}

static void after_read(struct connection *connection, struct call_kind kind,
                       const struct trace_call *record, uint64_t time)
{
    if (record->result > 0) {
        count_received(connection, kind.counts_bytes ? record->result : 0);
        mark(connection, MARK_RECEIVED, time);
        land(connection, time);
    } else if (is_end(kind, record)) {
        land(connection, time);
    }
}

static void after_handshake(struct connection *connection, const struct trace_call *record,
                            uint64_t time)
{
    if (record->result > 0 && connection->phase == PHASE_OPENING)
        make_ready(connection, time);
}

void connection_call_end(struct connection *connection, struct call_kind kind,
                         const struct trace_call *record, uint64_t time)
{
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
        after_write(connection, kind, record, time);
        break;
    case KIND_READ:
        after_read(connection, kind, record, time);
        break;
    default:
        break;
    }
}

void connection_block(struct connection *connection, uint64_t time)
{
    paint(connection, time);
    connection->blockers++;
}

void connection_unblock(struct connection *connection, unsigned function, uint64_t blocked,
                        uint64_t time)
{
    paint(connection, time);
    connection->blockers--;
    if (connection->life.blocked < blocked) {
        connection->life.blocked = blocked;
        connection->life.blocker = function;
    }
}

void connection_close(struct connection *connection, uint64_t time)
{
    if (--connection->descriptors == 0) {
        connection->life.closed = time;
        enter(connection, PHASE_OVER, time);
    }
    connection_release(connection);
}

struct connection *connection_hold(struct connection *connection)
{
    connection->users++;
    return connection;
}

void connection_release(struct connection *connection)
{
    if (--connection->users)
        return;
    if (connection->lane)
        connection->lane->life = connection->life;
    free(connection->peer);
    free(connection);
}
