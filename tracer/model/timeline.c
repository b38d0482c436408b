#include "model/timeline.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Fine enough for the shortest run; folding doubles it as needed. */
enum { FIRST_CELL_NS = 1024 };

struct lane *timeline_add(struct timeline *timeline, uint64_t number, const char *peer,
                          struct caller owner)
{
    if (timeline->lane_count == TIMELINE_LANES)
        return NULL;
    struct lane *lane = memory_alloc(1, sizeof *lane);
    lane->number = number;
    lane->peer = memory_copy(peer);
    lane->owner = owner;
    timeline->lanes[timeline->lane_count++] = lane;
    return lane;
}

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

/* The cell of a time; makes room for it first. */
static size_t cell_of(struct timeline *timeline, uint64_t time)
{
    if (!timeline->cell_ns) {
        timeline->origin = time;
        timeline->cell_ns = FIRST_CELL_NS;
    }
    uint64_t passed = time > timeline->origin ? time - timeline->origin : 0;
    while (passed / timeline->cell_ns >= TIMELINE_CELLS)
        fold(timeline);
    return passed / timeline->cell_ns;
}

void timeline_paint(struct timeline *timeline, struct lane *lane, enum lane_state state,
                    uint64_t begin, uint64_t end)
{
    cell_of(timeline, begin); /* the first time of all is the origin */
    size_t last = cell_of(timeline, end);
    for (size_t at = cell_of(timeline, begin); at <= last; at++) {
        uint64_t cell_begin = timeline->origin + at * timeline->cell_ns;
        uint64_t from = begin > cell_begin ? begin : cell_begin;
        uint64_t to = at == last ? end : cell_begin + timeline->cell_ns;
        lane->cells[at].spent[state] += to - from;
    }
}

void timeline_mark(struct timeline *timeline, struct lane *lane, enum lane_mark mark, uint64_t time)
{
    lane->cells[cell_of(timeline, time)].marks |= mark;
}

void timeline_finish(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->lane_count; i++) {
        free(timeline->lanes[i]->peer);
        free(timeline->lanes[i]);
    }
    *timeline = (struct timeline){0};
}
