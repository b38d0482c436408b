/*
 * history.h: what connections, threads and tasks were doing when, in bounded memory: the
 * audience that the html report is made of.
 *
 * It keeps a lane for each of them, and spans of time in the lanes. When there are too many spans
 * the shortest are merged with their neighbours, and all of the history is told a little coarser;
 * what comes when there are too many lanes is counted alone.
 *
 * A connection's waiting is coloured by its thread's lane, not by one call: the same strip is drawn
 * once for each thread and cut to each connection that waits. It is the thread that opened the
 * connection; one that is handed on is shown its opener's. Rows are virtual and no two spans are
 * drawn on one pixel: what a picture costs does not depend on how many lanes or spans there are.
 */
#ifndef RENDER_HISTORY_H
#define RENDER_HISTORY_H

#include "account/audience.h"
#include "base/map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HISTORY_LANES_MAX = 20000, HISTORY_SPANS_MAX = 300000 };

enum history_kind { HISTORY_CONNECTION, HISTORY_THREAD, HISTORY_TASK };

/* What a thread or task was doing; a connection was in a state, enum lane_state. */
enum history_doing {
    DOING_CALL = LANE_STATES, /* in a call, and the thread blocked */
    DOING_WAIT,               /* in a wait for many */
    DOING_PARKED,             /* a task: in a call, and the thread left to others */
    DOING_ASLEEP,             /* a thread: all of its tasks were parked */
};

struct span {
    uint64_t begin; /* ns */
    uint64_t end;
    uint64_t mostly;         /* ns that `doing` takes of it */
    const struct site *site; /* of the call, or of the one that was waited for; NULL: none */
    unsigned char doing;     /* enum lane_state or enum history_doing */
    bool merged;             /* of several: `doing` is what took longest */
};

struct history_lane {
    enum history_kind kind;
    const struct process *process;
    uint32_t thread; /* number; of a connection, that opened it */
    uint32_t tid;
    uint32_t task;
    uint64_t number;      /* of a connection, else 0 */
    char *name;           /* its peer, or the thread's name; NULL: none */
    struct lifeline life; /* of a connection */
    struct span *spans;   /* in order, and apart from each other */
    size_t span_count;
    size_t span_capacity;
};

struct history {
    struct audience audience;    /* first */
    struct history_lane **lanes; /* in the order of their first span or opening */
    size_t lane_count;
    size_t lane_capacity;
    uint64_t lanes_left_out;
    size_t span_count; /* in all lanes */
    uint64_t grain;    /* ns: what is shorter may have been merged; 0: nothing was */
    struct map by_key;
    uint64_t held_up;              /* number of the connection that the next is about */
    const struct site *held_up_by; /* longest */
    uint64_t held_up_for;          /* ns */
};

/* It is the history's first member, and released by audience_destroy. Never NULL. */
struct audience *history_listen(void);

#endif
