#include "render/history.h"

#include "base/memory.h"
#include "model/call.h"
#include "model/model.h"

#include <stdlib.h>

/* --- lanes --- */

static uint64_t key_of(enum history_kind kind, const struct process *process, uint64_t number)
{
    return (uint64_t)(kind + 1) << 60 | (uint64_t)process->number << 32 | (uint32_t)number;
}

/* The lane of a connection, thread or task; made when it is new. NULL when there is no room, which
 * is counted once: `told` remembers it. */
static struct history_lane *lane_of(struct history *history, enum history_kind kind,
                                    const struct thread *thread, uint64_t number, bool *told)
{
    uint64_t key = key_of(kind, thread->process, number);
    struct history_lane *lane = map_get(&history->by_key, key);
    if (lane)
        return lane;
    if (history->lane_count == HISTORY_LANES_MAX) {
        history->lanes_left_out += !*told;
        *told = true;
        return NULL;
    }
    lane = memory_alloc(1, sizeof *lane);
    lane->kind = kind;
    lane->process = thread->process;
    lane->thread = thread->number;
    lane->tid = thread->tid;
    history->lanes = memory_grow(history->lanes, history->lane_count, &history->lane_capacity,
                                 sizeof *history->lanes);
    history->lanes[history->lane_count++] = lane;
    map_put(&history->by_key, key, lane);
    return lane;
}

/* --- spans --- */

static uint64_t length(const struct span *span)
{
    return span->end - span->begin;
}

/* Whether two spans look like one when nothing shorter than the grain is seen. A long one stays as
 * it is: it must not swallow all that follows, piece by piece. */
static bool are_one(const struct span *a, const struct span *b, uint64_t grain)
{
    return length(a) < grain && length(b) < grain && b->begin - a->end < grain;
}

static void merge(struct span *into, const struct span *next)
{
    struct span both = next->mostly > into->mostly ? *next : *into;
    if (next->doing == into->doing && next->site == into->site)
        both.mostly = into->mostly + next->mostly;
    both.begin = into->begin;
    both.end = next->end;
    both.merged = true;
    *into = both;
}

static void coarsen_lane(struct history_lane *lane, uint64_t grain)
{
    size_t kept = 0;
    for (size_t i = 0; i < lane->span_count; i++) {
        if (kept && are_one(&lane->spans[kept - 1], &lane->spans[i], grain))
            merge(&lane->spans[kept - 1], &lane->spans[i]);
        else
            lane->spans[kept++] = lane->spans[i];
    }
    lane->span_count = kept;
}

/* Makes room for as many spans again. */
static void coarsen(struct history *history)
{
    while (history->span_count > HISTORY_SPANS_MAX / 2) {
        history->grain = history->grain ? 2 * history->grain : 1000;
        history->span_count = 0;
        for (size_t i = 0; i < history->lane_count; i++) {
            coarsen_lane(history->lanes[i], history->grain);
            history->span_count += history->lanes[i]->span_count;
        }
    }
}

/* A call that a signal handler made is over before the one around it, which then hides it. */
static void hide_inner(struct history *history, struct history_lane *lane, struct span *span)
{
    while (lane->span_count && lane->spans[lane->span_count - 1].begin >= span->begin) {
        lane->span_count--;
        history->span_count--;
    }
    if (lane->span_count && lane->spans[lane->span_count - 1].end > span->begin)
        span->begin = lane->spans[lane->span_count - 1].end;
}

static void add_span(struct history *history, struct history_lane *lane, struct span span)
{
    if (!lane)
        return;
    hide_inner(history, lane, &span);
    if (span.begin >= span.end)
        return;
    span.mostly = length(&span);
    struct span *last = lane->span_count ? &lane->spans[lane->span_count - 1] : NULL;
    if (last && are_one(last, &span, history->grain)) {
        merge(last, &span);
        return;
    }
    lane->spans =
        memory_grow(lane->spans, lane->span_count, &lane->span_capacity, sizeof *lane->spans);
    lane->spans[lane->span_count++] = span;
    if (++history->span_count == HISTORY_SPANS_MAX)
        coarsen(history);
}

/* --- connections --- */

static void add_connection(struct listener *listener, struct connection *connection,
                           struct thread *thread, uint32_t task)
{
    struct history *history = (struct history *)listener;
    bool told = false; /* a connection is opened once */
    struct history_lane *lane =
        lane_of(history, HISTORY_CONNECTION, thread, connection->number, &told);
    if (!lane)
        return;
    lane->number = connection->number;
    lane->task = task;
    lane->name = memory_copy(connection->peer);
    connection->is_watched = true;
}

static struct history_lane *connection_lane(struct history *history,
                                            const struct connection *connection)
{
    return map_get(&history->by_key,
                   key_of(HISTORY_CONNECTION, connection->process, connection->number));
}

static void keep_blame(struct bookings *bookings, const struct booking *booking)
{
    struct history *history = (struct history *)audience_of(bookings);
    bool waits = booking->rule == RULE_W1 || booking->rule == RULE_W2;
    if (!waits)
        return;
    if (history->held_up == booking->connection->number && history->held_up_for >= booking->amount)
        return;
    history->held_up = booking->connection->number;
    history->held_up_by = booking->site;
    history->held_up_for = booking->amount;
}

static void add_state(struct listener *listener, struct connection *connection,
                      enum lane_state state, uint64_t begin, uint64_t end)
{
    struct history *history = (struct history *)listener;
    struct span span = {.begin = begin, .end = end, .doing = state};
    if (state == LANE_IDLE)
        return;
    if (state == LANE_WAITING && history->held_up == connection->number)
        span.site = history->held_up_by;
    if (state == LANE_WAITING)
        history->held_up = 0;
    add_span(history, connection_lane(history, connection), span);
}

static void keep_life(struct listener *listener, struct connection *connection)
{
    struct history_lane *lane = connection_lane((struct history *)listener, connection);
    if (lane)
        lane->life = connection->life;
}

/* --- calls --- */

static enum history_doing doing(const struct call *call)
{
    if (!call->site)
        return DOING_ASLEEP;
    if (call->many)
        return DOING_WAIT;
    return call->parks ? DOING_PARKED : DOING_CALL;
}

/* A call of a task is in its lane, and if it blocks the thread in the thread's as well. */
static void add_call(struct listener *listener, struct call *call)
{
    struct history *history = (struct history *)listener;
    struct task *task = call->task;
    struct thread *thread = task->thread;
    const struct span span = {.begin = call->record.head.time,
                              .end = call->end,
                              .site = call->site,
                              .doing = doing(call)};
    if (task->number) {
        struct history_lane *lane =
            lane_of(history, HISTORY_TASK, thread, task->number, &task->told);
        if (lane)
            lane->task = task->number;
        add_span(history, lane, span);
    }
    if (!task->number || (call->blocks && !call->parks))
        add_span(history,
                 lane_of(history, HISTORY_THREAD, thread, thread->number, &thread->scheduler.told),
                 span);
}

/* --- the audience --- */

static void destroy(struct audience *audience)
{
    struct history *history = (struct history *)audience;
    for (size_t i = 0; i < history->lane_count; i++) {
        free(history->lanes[i]->spans);
        free(history->lanes[i]->name);
        free(history->lanes[i]);
    }
    free(history->lanes);
    map_clear(&history->by_key);
    free(history);
}

struct audience *history_listen(void)
{
    struct history *history = memory_alloc(1, sizeof *history);
    history->audience = (struct audience){
        .listener =
            {
                .opened = add_connection,
                .was = add_state,
                .closed = keep_life,
                .called = add_call,
            },
        .bookings.book = keep_blame,
        .destroy = destroy,
    };
    return &history->audience;
}
