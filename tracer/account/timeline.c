#include "account/timeline.h"

#include "account/slots.h"
#include "base/memory.h"
#include "model/call.h"
#include "model/connection.h"

#include <stdlib.h>
#include <string.h>

/* Fine enough for the shortest run; folding doubles it as needed. */
enum { FIRST_CELL_NS = 1024 };

static void merge(struct cell *into, const struct cell *a, const struct cell *b)
{
    struct cell both = {.marks = a->marks | b->marks};
    for (int state = 0; state < LANE_STATES; state++)
        both.spent[state] = a->spent[state] + b->spent[state];
    *into = both;
}

static void fold(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->lane_count; i++) {
        struct cell *cells = timeline->lanes[i]->cells;
        for (size_t at = 0; at < TIMELINE_CELLS / 2; at++)
            merge(&cells[at], &cells[2 * at], &cells[2 * at + 1]);
        memset(cells + TIMELINE_CELLS / 2, 0, TIMELINE_CELLS / 2 * sizeof *cells);
    }
    timeline->cell_ns *= 2;
}

/* The cell of a time that there is room for. A cell's time is a power of two. */
static size_t place_of(const struct timeline *timeline, uint64_t time)
{
    uint64_t passed = time > timeline->origin ? time - timeline->origin : 0;
    return passed >> __builtin_ctzll(timeline->cell_ns);
}

/* The same; makes room for it first. */
static size_t cell_of(struct timeline *timeline, uint64_t time)
{
    if (!timeline->cell_ns) {
        timeline->origin = time;
        timeline->cell_ns = FIRST_CELL_NS;
    }
    while (place_of(timeline, time) >= TIMELINE_CELLS)
        fold(timeline);
    return place_of(timeline, time);
}

/* --- lanes --- */

/* What is kept with a connection. */
struct place {
    struct lane *lane; /* NULL: it is not among the first */
};

static struct lane *lane_of(struct connection *connection)
{
    const struct place *place = kept_of(&connection->kept, SLOT_TIMELINE);
    return place->lane;
}

static void add_step(struct timeline *timeline, const struct connection *connection, enum step step)
{
    if (connection_asks(connection))
        steps_add(&timeline->steps, step);
}

static void open_lane(struct listener *listener, struct connection *connection,
                      struct thread *thread, uint32_t task)
{
    (void)thread, (void)task;
    struct timeline *timeline = (struct timeline *)listener;
    add_step(timeline, connection, STEP_OPEN);
    if (timeline->lane_count == TIMELINE_LANES)
        return;
    struct lane *lane = memory_alloc(1, sizeof *lane);
    lane->number = connection->number;
    lane->peer = memory_copy(connection->peer);
    timeline->lanes[timeline->lane_count++] = lane;
    struct place *place = kept_of(&connection->kept, SLOT_TIMELINE);
    place->lane = lane;
    connection->is_watched = true;
}

static void paint(struct listener *listener, struct connection *connection, enum lane_state state,
                  uint64_t begin, uint64_t end)
{
    struct timeline *timeline = (struct timeline *)listener;
    struct lane *lane = lane_of(connection);
    if (!lane)
        return;
    cell_of(timeline, begin); /* the first time of all is the origin */
    size_t last = cell_of(timeline, end);
    for (size_t at = place_of(timeline, begin); at <= last; at++) {
        uint64_t cell_begin = timeline->origin + at * timeline->cell_ns;
        uint64_t from = begin > cell_begin ? begin : cell_begin;
        uint64_t to = at == last ? end : cell_begin + timeline->cell_ns;
        lane->cells[at].spent[state] += to - from;
    }
}

void timeline_mark(struct timeline *timeline, struct connection *connection, enum lane_mark mark,
                   uint64_t time)
{
    struct lane *lane = lane_of(connection);
    if (lane)
        lane->cells[cell_of(timeline, time)].marks |= mark;
}

static void keep_life(struct listener *listener, struct connection *connection)
{
    (void)listener;
    struct lane *lane = lane_of(connection);
    if (!lane)
        return;
    lane->life = connection->life;
    lane->owner = connection->owner;
    lane->owner_name = connection->owner_name ? memory_copy(connection->owner_name) : NULL;
}

/* --- steps --- */

void timeline_request(struct timeline *timeline, const struct connection *connection)
{
    add_step(timeline, connection, STEP_SEND);
}

static void block(struct listener *listener, struct call *call, uint64_t time)
{
    (void)time;
    if (!call_opens(call))
        steps_add(&((struct timeline *)listener)->steps, STEP_BLOCK);
}

void timeline_answer(struct timeline *timeline, const struct connection *connection)
{
    add_step(timeline, connection, STEP_RECEIVE);
}

void timeline_begin(struct timeline *timeline)
{
    *timeline = (struct timeline){.listener = {
                                      .keeps = {SLOT_TIMELINE, .connection = sizeof(struct place)},
                                      .opened = open_lane,
                                      .was = paint,
                                      .forgotten = keep_life,
                                      .call_blocks = block,
                                  }};
}

void timeline_finish(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->lane_count; i++) {
        free(timeline->lanes[i]->peer);
        free(timeline->lanes[i]->owner_name);
        free(timeline->lanes[i]);
    }
    *timeline = (struct timeline){0};
}
