/*
 * timeline.h: the picture of the first connections over time, at a resolution that is enough for a
 * page. Its memory is fixed: when the run goes on beyond the last cell, each two cells become one.
 */
#ifndef MODEL_TIMELINE_H
#define MODEL_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

enum { TIMELINE_LANES = 24, TIMELINE_CELLS = 2048 };

/* What a connection is doing; one of them at any time. */
enum lane_state {
    LANE_OPENING, /* connect and handshake */
    LANE_IDLE,    /* open, and nothing is awaited of the peer */
    LANE_FLIGHT,  /* its request is in flight */
    LANE_BLOCKED, /* and a call blocks the thread for it */
    LANE_WAITING, /* for the program: it is ready, or data have come, and nobody is at it */
    LANE_STATES,
};

/* What happened in a cell, as bits. */
enum lane_mark { MARK_SENT = 1, MARK_RECEIVED = 2, MARK_FAILED = 4 };

struct cell {
    float spent[LANE_STATES]; /* ns */
    unsigned marks;           /* enum lane_mark */
};

/* What became of a connection. Times are ns, 0 for what never happened. */
struct lifeline {
    uint64_t opened;
    uint64_t ready;    /* connected, and the handshake done */
    uint64_t sent;     /* the first request */
    uint64_t answered; /* the first answer began to be read */
    uint64_t closed;
    uint64_t requests;
    uint64_t bytes_sent; /* as far as known */
    uint64_t bytes_received;
    unsigned blocker; /* the function that blocked its thread longest for it */
    uint64_t blocked; /* ns of that call; 0: none did */
};

/* Who makes a call. */
struct caller {
    uint32_t pid;
    uint32_t thread;
    uint32_t task;
};

/* One connection, as the report shows it; outlives the connection. */
struct lane {
    uint64_t number; /* of the connection, from 1 */
    char *peer;
    struct caller owner;  /* who sent its first request, or opened it */
    struct lifeline life; /* valid when the connection is over */
    struct cell cells[TIMELINE_CELLS];
};

/* All zeros is an empty timeline. */
struct timeline {
    uint64_t origin;  /* ns; set by the first lane */
    uint64_t cell_ns; /* what a cell stands for */
    struct lane *lanes[TIMELINE_LANES];
    size_t lane_count;
};

/* Adds a lane and copies `peer`. Returns NULL when all lanes are taken. Owned by the timeline. */
struct lane *timeline_add(struct timeline *timeline, uint64_t number, const char *peer,
                          struct caller owner);

/* A lane was in a state from `begin` to `end` (ns, not before the origin). */
void timeline_paint(struct timeline *timeline, struct lane *lane, enum lane_state state,
                    uint64_t begin, uint64_t end);

void timeline_mark(struct timeline *timeline, struct lane *lane, enum lane_mark mark,
                   uint64_t time);

void timeline_finish(struct timeline *timeline);

#endif
