/*
 * timeline.h: the account of the first connections over time, at a resolution that is enough for a
 * page, and of the first things that happened, in their order. Its memory is fixed: when the run
 * goes on beyond the last cell, each two cells become one.
 */
#ifndef ACCOUNT_TIMELINE_H
#define ACCOUNT_TIMELINE_H

#include "account/step.h"
#include "model/listener.h"

#include <stddef.h>
#include <stdint.h>

enum { TIMELINE_LANES = 24, TIMELINE_CELLS = 2048 };

struct cell {
    float spent[LANE_STATES]; /* ns */
    unsigned marks;           /* enum lane_mark: what happened in it */
};

/* One connection, as the report shows it; outlives the connection. */
struct lane {
    uint64_t number; /* of the connection, from 1 */
    char *peer;
    struct caller owner;  /* who sent its first request, or opened it */
    char *owner_name;     /* as in struct connection */
    struct lifeline life; /* valid when the connection is over */
    struct cell cells[TIMELINE_CELLS];
};

struct timeline {
    struct listener listener; /* first */
    uint64_t origin;          /* ns; set by the first lane */
    uint64_t cell_ns;         /* what a cell stands for */
    struct lane *lanes[TIMELINE_LANES];
    size_t lane_count;
    struct steps steps; /* of connections that the program opened itself */
};

void timeline_begin(struct timeline *timeline);

/* Of each request (account/accounts.c). */
void timeline_request(struct timeline *timeline, const struct connection *connection);
void timeline_answer(struct timeline *timeline, const struct connection *connection);
void timeline_mark(struct timeline *timeline, struct connection *connection, enum lane_mark mark,
                   uint64_t time);

void timeline_finish(struct timeline *timeline);

#endif
