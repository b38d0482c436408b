#include "model/replay.h"

#include "model/call.h"
#include "model/connection.h"
#include "model/model.h"

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* --- the work of a thread --- */

/* When something would have happened in the main thread that happened at `time`. */
static uint64_t in_main_thread(const struct thread *thread, uint64_t time)
{
    const struct thread *main = thread->process->main;
    if (!main || main == thread || !main->replay.begun || main->replay.mark < main->replay.now)
        return time;
    return time - (main->replay.mark - main->replay.now);
}

static void begin(struct thread *thread, uint64_t time)
{
    struct replay *replay = &thread->replay;
    uint64_t replayed = in_main_thread(thread, time);
    replay->begun = true;
    replay->mark = time;
    replay->now = replay->latest = replay->schedule.end = replayed;
    replay->own = replay->round = (struct moment){time, replayed};
}

/* Does the work up to a time, and notes how far whose work it was has come. */
static void settle(struct replay *replay, uint64_t time)
{
    if (time > replay->mark)
        replay->now = schedule_take(&replay->schedule, replay->now, time - replay->mark);
    replay->mark = later(replay->mark, time);
    if (replay->current)
        replay->current->turn.last = (struct moment){replay->mark, replay->now};
    else
        replay->own = (struct moment){replay->mark, replay->now};
    if (replay->strand)
        replay->strand->done = later(replay->strand->done, replay->now);
    replay->latest = later(replay->latest, replay->now);
}

static void set_current(struct replay *replay, struct connection *connection, struct task *strand)
{
    if (replay->current)
        connection_release(replay->current);
    replay->current = connection ? connection_hold(connection) : NULL;
    replay->strand = strand;
    replay->adrift = false;
}

/* --- when work could begin --- */

static uint64_t after(const struct moment *moment, uint64_t time)
{
    return moment->replayed + (time > moment->recorded ? time - moment->recorded : 0);
}

/* What the program does in its own order. A task has an order of its own. */
static uint64_t in_order(const struct replay *replay, const struct task *task)
{
    if (task->number && task->done)
        return task->done;
    if (replay->adrift)
        return later(replay->own.replayed, replay->round.replayed);
    return later(replay->now, thread_is_loop(task->thread) ? 0 : task->done);
}

static uint64_t when_arrived(const struct turn *turn, uint64_t time)
{
    return turn->sent.recorded ? after(&turn->sent, time) : time;
}

static bool is_engaged(const struct connection *connection)
{
    return connection->phase == PHASE_FLIGHT || connection->phase == PHASE_OPENING ||
           connection->phase == PHASE_SENDING;
}

/* The peer's turn: it answers, or thinks of its next request. */
static bool is_peers_turn(const struct connection *connection)
{
    bool is_served = connection->role == TRACE_PEER_ACCEPT && connection->turn.sent.recorded;
    return connection->phase == PHASE_FLIGHT || (is_served && connection->phase == PHASE_READY);
}

/* A read that found what the peer has sent: that had come when the thread woke up, at the latest.
 */
static bool finds_answer(const struct call *call, const struct connection *connection)
{
    return is_peers_turn(connection) && call->kind.kind == KIND_READ && !call->blocks &&
           call->record.result > 0;
}

static uint64_t for_connection(const struct replay *replay, const struct call *call,
                               const struct connection *connection)
{
    const struct turn *turn = &connection->turn;
    if (connection->arrived)
        return when_arrived(turn, later(connection->arrived, connection->floor));
    if (connection_waits(connection))
        return turn->last.replayed;
    if (finds_answer(call, connection))
        return when_arrived(turn, replay->adrift ? replay->mark : call->record.head.time);
    bool follows = turn->last.recorded && (is_engaged(connection) || turn->waits == replay->waits);
    return follows ? turn->last.replayed : in_order(replay, call->task);
}

static uint64_t release(const struct replay *replay, const struct call *call,
                        const struct connection *connection)
{
    if (!connection)
        return in_order(replay, call->task);
    uint64_t time = for_connection(replay, call, connection);
    return call->task->number ? later(time, call->task->done) : time;
}

/* --- calls --- */

/* The connection that a call is about, if that is one. */
static struct connection *subject(const struct call *call)
{
    return call->about_count == 1 ? call->about[0] : NULL;
}

/* Whose work is done from now on. */
static void take_up(struct replay *replay, const struct call *call, uint64_t time)
{
    struct connection *connection = subject(call);
    bool goes_on = replay->strand == call->task && (!connection || connection == replay->current);
    if (goes_on && !replay->adrift)
        return;
    if (!replay->adrift)
        settle(replay, time);
    replay->now = release(replay, call, connection);
    set_current(replay, connection, call->task);
}

void replay_begin(struct model *model, struct call *call)
{
    struct replay *replay = &call->task->thread->replay;
    const struct connection *connection = subject(call);
    if (!replay->begun)
        begin(call->task->thread, model->now);
    call->in_flight = connection && connection->phase == PHASE_FLIGHT;
    if (call->many) {
        if (!replay->adrift)
            settle(replay, model->now);
        return;
    }
    take_up(replay, call, model->now);
    if (!call->parks)
        return;
    settle(replay, model->now);
    call->began = (struct moment){model->now, replay->now};
    call->held_before = replay->held;
}

/* The thread was left to others meanwhile, or to nobody. What a mere look finds ready, as loops
 * take it in each round, had been waiting: since the last round at the longest, and so long it
 * would not have had to. */
static void end_wait_for_many(struct replay *replay, const struct call *call, uint64_t time)
{
    uint64_t took = time > call->record.head.time ? time - call->record.head.time : 0;
    bool waited = took >= TRACE_LONG_CALL_NS / 10;
    set_current(replay, NULL, NULL);
    replay->mark = later(replay->mark, time);
    replay->adrift = true;
    replay->waits += waited;
    if (waited && !call->parks)
        replay->held_asleep = replay->held;
    if (waited) /* perhaps for a time that the last work has set */
        replay->round.replayed = later(after(&replay->round, time), replay->own.replayed + took);
    replay->round.recorded = time;
}

/* When what a call waited for would have been there. */
static uint64_t waited(const struct call *call, uint64_t from, uint64_t took, uint64_t time)
{
    const struct connection *connection = subject(call);
    const struct thread *ended = call->task->thread->process->last_ended;
    if (connection && call->in_flight)
        return later(from, after(&connection->turn.sent, time));
    if (call->kind.traits & TRAIT_JOIN && ended)
        return later(from, ended->replay.latest);
    if (call->kind.traits & TRAIT_LOCK)
        return from; /* others do not hold it for long when nobody blocks with it */
    return from + took;
}

/* How long a parked call took, at `time`. One that opens a connection may have been over while
 * other calls blocked the thread, and was not when they began; had it not been over when they
 * ended, the thread would have slept before the task went on. So they count only if it has slept.
 */
static uint64_t parked_for(const struct replay *replay, const struct call *call, uint64_t time)
{
    bool opens = call->kind.kind == KIND_CONNECT || call->kind.kind == KIND_HANDSHAKE ||
                 call->kind.traits & TRAIT_LOOKUP;
    uint64_t took = time - call->began.recorded;
    uint64_t held = replay->held - later(call->held_before, replay->held_asleep);
    return !opens ? took : held < took ? took - held : 0;
}

static void end_parked(struct replay *replay, struct call *call, uint64_t time)
{
    struct connection *connection = subject(call);
    if (!replay->adrift)
        settle(replay, time);
    set_current(replay, connection, call->task);
    replay->now = waited(call, call->began.replayed, parked_for(replay, call, time), time);
    replay->mark = later(replay->mark, time);
    replay->waits++;
}

static void end_blocked(struct replay *replay, struct call *call, uint64_t time)
{
    uint64_t begin = call->record.head.time;
    uint64_t took = time > begin ? time - begin : 0;
    settle(replay, begin);
    replay->held += took;
    replay->now = waited(call, replay->now, took, time);
    replay->mark = later(replay->mark, time);
    replay->waits++;
    settle(replay, time);
}

void replay_end(struct model *model, struct call *call)
{
    struct replay *replay = &call->task->thread->replay;
    struct connection *connection = subject(call);
    if (call->many) {
        end_wait_for_many(replay, call, model->now);
        return;
    }
    if (call->parks)
        end_parked(replay, call, model->now);
    else if (call->blocks)
        end_blocked(replay, call, model->now);
    if (!connection)
        return;
    if (call->kind.kind == KIND_WRITE && call->record.result > 0) {
        settle(replay, model->now);
        connection->turn.sent = (struct moment){replay->mark, replay->now};
    }
    if (call->kind.kind == KIND_CONNECT)
        settle(replay, model->now);
    connection->turn.waits = replay->waits;
}

void replay_start_task(struct thread *thread, struct task *task, uint64_t time)
{
    struct replay *replay = &thread->replay;
    if (!replay->begun)
        begin(thread, time);
    const struct moment last = {replay->mark, replay->now};
    task->done = replay->adrift ? replay->round.replayed : after(&last, time);
}

void replay_ready(struct connection *connection, uint64_t time)
{
    struct moment *last = &connection->turn.last;
    if (!last->recorded)
        return;
    *last = (struct moment){time, after(last, time)};
}

void replay_end_thread(struct thread *thread, uint64_t time)
{
    struct replay *replay = &thread->replay;
    if (!replay->begun)
        begin(thread, time);
    replay->now = later(replay->now, replay->latest);
    if (replay->adrift)
        replay->now = later(replay->now, replay->round.replayed);
    settle(replay, time);
}

void replay_release(struct thread *thread)
{
    set_current(&thread->replay, NULL, NULL);
}

void replay_finish(struct replay *replay)
{
    schedule_finish(&replay->schedule);
}
