/*
 * replay.c: the work of each thread is put into the free time of its processor, from the moment on
 * that it could have been done.
 *
 *     what is remembered with threads, connections, tasks and calls
 *     the work of a thread         settle, set_current
 *     when work could begin        release and what it asks
 *     calls                        begin_call, end_call: the one way in for all that happens
 *     ends                         of threads and processes
 *
 * It holds the connection whose work is being done, so that its turn is still there.
 *
 * Gaps may be filled in pieces; 512 gaps of a thread are kept. Work on a connection in flight, or
 * worked on since the thread's last wait, follows its last work. After a wait for many nobody knows
 * what follows from what: what a mere look found ready is released at the last round of the loop,
 * what was slept for keeps its recorded distance. Waits for a mutex cost nothing, and joins end
 * when the thread's replay does. Other waits keep their length; from a parked connect, handshake or
 * look-up the calls are taken off that blocked its thread since that last slept.
 *
 * Memory is bounded: one schedule per thread, a moment per connection. It is conservative: when one
 * greenlet opens its connection only after another was served, all in one round, that order is
 * kept.
 */
#include "account/replay.h"

#include "account/lookups.h"
#include "account/loop.h"
#include "account/schedule.h"
#include "account/slots.h"
#include "model/call.h"
#include "model/connection.h"
#include "model/model.h"

/* A time as it was, and as it would have been. ns. */
struct moment {
    uint64_t recorded;
    uint64_t replayed;
};

/* Of a connection. */
struct turn {
    struct moment last; /* when the program had done its last work on it, or it became ready */
    struct moment sent; /* when its last request was sent; zeros: none was */
    uint64_t waits;     /* of the thread, at that last work */
};

/* Of a thread. */
struct replay {
    struct schedule schedule;
    bool begun;
    uint64_t mark;              /* recorded: all work before is done */
    uint64_t now;               /* replayed: when it was done */
    struct connection *current; /* whose work is being done, held; NULL: its own */
    struct task *strand;        /* who does it */
    bool adrift; /* it has waited for many, and what it does next may follow from any of them */
    struct moment own;    /* its last work that was for no connection */
    struct moment round;  /* it has waited for many: what it finds next was not there before */
    uint64_t waits;       /* so far: long calls, waits for many */
    uint64_t held;        /* ns in calls that blocked it, so far */
    uint64_t held_asleep; /* of these, before it last slept until something was ready */
    uint64_t latest;      /* replayed: all is done */
};

/* Of a task: its last work, replayed. ns. */
struct strand {
    uint64_t done;
};

/* Of a call that parks. */
struct parking {
    struct moment began;
    uint64_t held_before; /* ns: how long its thread had been blocked in all */
};

static struct replay *replay_of(struct thread *thread)
{
    return kept_of(&thread->kept, SLOT_REPLAY);
}

static struct turn *turn_of(struct connection *connection)
{
    return kept_of(&connection->kept, SLOT_REPLAY);
}

static uint64_t *done_by(struct task *task)
{
    struct strand *strand = kept_get(&task->kept, SLOT_REPLAY, sizeof(struct strand));
    return &strand->done;
}

static struct parking *parking_of(struct call *call)
{
    if (!call->kept)
        call->kept = memory_alloc(1, sizeof *call->kept);
    return kept_get(call->kept, SLOT_REPLAY, sizeof(struct parking));
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* --- the work of a thread --- */

/* When something would have happened in a thread that happened there at `time`. */
static uint64_t when_in(struct thread *thread, uint64_t time)
{
    const struct replay *replay = thread ? replay_of(thread) : NULL;
    if (!replay || !replay->begun || replay->mark < replay->now)
        return time;
    return time - (replay->mark - replay->now);
}

/* Of the one that has started it. */
static uint64_t in_main_thread(const struct thread *thread, uint64_t time)
{
    struct thread *main = thread->process->main;
    return main != thread ? when_in(main, time) : time;
}

static void begin(struct thread *thread, uint64_t time)
{
    struct replay *replay = replay_of(thread);
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
        turn_of(replay->current)->last = (struct moment){replay->mark, replay->now};
    else
        replay->own = (struct moment){replay->mark, replay->now};
    if (replay->strand)
        *done_by(replay->strand) = later(*done_by(replay->strand), replay->now);
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
static uint64_t in_order(const struct replay *replay, struct task *task)
{
    uint64_t done = *done_by(task);
    if (task->number && done)
        return done;
    if (replay->adrift)
        return later(replay->own.replayed, replay->round.replayed);
    return later(replay->now, loop_is_run_by(task->thread) ? 0 : done);
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
static bool is_peers_turn(struct connection *connection)
{
    bool is_served = !connection_asks(connection) && turn_of(connection)->sent.recorded;
    return connection->phase == PHASE_FLIGHT || (is_served && connection->phase == PHASE_READY);
}

/* A read that found what the peer has sent: that had come when the thread woke up, at the latest.
 */
static bool finds_answer(const struct call *call, struct connection *connection)
{
    return is_peers_turn(connection) && call->kind.kind == KIND_READ && !call->blocks &&
           call->record.result > 0;
}

/* E7 */
static uint64_t when_looked_up(struct connection *connection)
{
    const struct origin *origin = lookups_origin(connection);
    return when_in(origin->thread, origin->begun + origin->took);
}

static uint64_t for_connection(const struct replay *replay, const struct call *call,
                               struct connection *connection)
{
    const struct turn *turn = turn_of(connection);
    if (!turn->last.recorded && lookups_is_for_loop(connection, call->task->thread))
        return when_looked_up(connection);
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
                        struct connection *connection)
{
    if (!connection)
        return in_order(replay, call->task);
    uint64_t time = for_connection(replay, call, connection);
    return call->task->number ? later(time, *done_by(call->task)) : time;
}

/* --- calls --- */

/* Whose work is done from now on. */
static void take_up(struct replay *replay, const struct call *call, uint64_t time)
{
    struct connection *connection = call_subject(call);
    bool goes_on = replay->strand == call->task && (!connection || connection == replay->current);
    if (goes_on && !replay->adrift)
        return;
    if (!replay->adrift)
        settle(replay, time);
    replay->now = release(replay, call, connection);
    set_current(replay, connection, call->task);
}

void replay_begin_call(struct call *call, uint64_t time)
{
    struct replay *replay = replay_of(call->task->thread);
    if (!replay->begun)
        begin(call->task->thread, time);
    if (call->many) {
        if (!replay->adrift)
            settle(replay, time);
        return;
    }
    take_up(replay, call, time);
    if (!call->parks)
        return;
    settle(replay, time);
    *parking_of(call) = (struct parking){{time, replay->now}, replay->held};
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
    if (call->in_flight)
        return later(from, after(&turn_of(call_subject(call))->sent, time));
    if (call->awaited)
        return later(from, replay_of(call->awaited)->latest);
    bool is_outsiders = call->lock.holder_pid && !call->lock.process;
    if (call->kind.traits & TRAIT_LOCK || (call->lock.file && !is_outsiders))
        return from; /* others do not hold it for long when nobody blocks with it */
    return from + took;
}

/* How long a parked call took, at `time`. One that opens a connection may have been over while
 * other calls blocked the thread, and was not when they began; had it not been over when they
 * ended, the thread would have slept before the task went on. So they count only if it has slept.
 */
static uint64_t parked_for(const struct replay *replay, struct call *call, uint64_t time)
{
    const struct parking *parking = parking_of(call);
    bool opens = call->kind.kind == KIND_CONNECT || call->kind.kind == KIND_HANDSHAKE ||
                 call->kind.traits & TRAIT_LOOKUP;
    uint64_t took = time - parking->began.recorded;
    uint64_t held = replay->held - later(parking->held_before, replay->held_asleep);
    return !opens ? took : held < took ? took - held : 0;
}

static void end_parked(struct replay *replay, struct call *call, uint64_t time)
{
    struct connection *connection = call_subject(call);
    if (!replay->adrift)
        settle(replay, time);
    set_current(replay, connection, call->task);
    replay->now =
        waited(call, parking_of(call)->began.replayed, parked_for(replay, call, time), time);
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

void replay_end_call(struct call *call, uint64_t time)
{
    struct replay *replay = replay_of(call->task->thread);
    struct connection *connection = call_subject(call);
    if (call->many) {
        end_wait_for_many(replay, call, time);
        return;
    }
    if (call->parks)
        end_parked(replay, call, time);
    else if (call->blocks)
        end_blocked(replay, call, time);
    if (!connection)
        return;
    if (call->kind.kind == KIND_WRITE && call->record.result > 0) {
        settle(replay, time);
        turn_of(connection)->sent = (struct moment){replay->mark, replay->now};
    }
    if (call->kind.kind == KIND_CONNECT)
        settle(replay, time);
    turn_of(connection)->waits = replay->waits;
}

static void start_task(struct listener *listener, struct task *task, uint64_t time)
{
    (void)listener;
    struct replay *replay = replay_of(task->thread);
    if (!replay->begun)
        begin(task->thread, time);
    const struct moment last = {replay->mark, replay->now};
    *done_by(task) = replay->adrift ? replay->round.replayed : after(&last, time);
}

static void forget_task(struct listener *listener, struct task *task)
{
    (void)listener;
    struct replay *replay = replay_of(task->thread);
    if (replay->strand == task)
        replay->strand = NULL;
}

static void make_ready(struct listener *listener, struct connection *connection, uint64_t time)
{
    (void)listener;
    struct moment *last = &turn_of(connection)->last;
    if (!last->recorded)
        return;
    *last = (struct moment){time, after(last, time)};
}

/* --- ends --- */

static void end_thread(struct listener *listener, struct thread *thread, uint64_t time)
{
    (void)listener;
    struct replay *replay = replay_of(thread);
    if (!replay->begun)
        begin(thread, time);
    replay->now = later(replay->now, replay->latest);
    if (replay->adrift)
        replay->now = later(replay->now, replay->round.replayed);
    settle(replay, time);
}

static void let_go(struct listener *listener, struct thread *thread)
{
    (void)listener;
    set_current(replay_of(thread), NULL, NULL);
}

/* A process takes as long as its main thread does, which waits for those whom it needs. */
static void end_process(struct listener *listener, struct process *process)
{
    struct replays *replays = (struct replays *)listener;
    uint64_t begin = replays->model->begin;
    uint64_t end = process->main ? replay_of(process->main)->latest : process->end;
    if (end > process->end)
        end = process->end;
    if (end > begin && replays->what_if < end - begin)
        replays->what_if = end - begin;
}

void replays_begin(struct replays *replays, const struct model *model)
{
    *replays = (struct replays){
        .listener =
            {
                .keeps = {SLOT_REPLAY, .thread = sizeof(struct replay),
                          .connection = sizeof(struct turn)},
                .task_started = start_task,
                .task_forgotten = forget_task,
                .found_ready = make_ready,
                .thread_ended = end_thread,
                .thread_done = let_go,
                .process_over = end_process,
            },
        .model = model,
    };
}

void replay_release(struct thread *thread)
{
    schedule_finish(&replay_of(thread)->schedule);
}
