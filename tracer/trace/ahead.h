/*
 * ahead.h: batches one after another. Those of a long trace are filled by a thread of their own,
 * some ahead of their use: putting records in order takes a sixth of the instructions of a report.
 * A short trace is over before a thread would pay.
 */
#ifndef TRACE_AHEAD_H
#define TRACE_AHEAD_H

#include "trace/batch.h"

#include <pthread.h>
#include <stdbool.h>

/* Fills an empty batch; one that stays empty is the end. */
typedef void ahead_fill(void *data, struct batch *batch);

/* All zeros: it has not begun. */
struct ahead {
    ahead_fill *fill;
    void *data;
    struct batch *batches;
    size_t used;   /* batches that were taken so far; the last of them is in use */
    bool threaded; /* the rest is for a thread */
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t has_room, has_more;
    size_t filled; /* batches so far */
    size_t done;   /* of them, those that were used */
    bool stop;
};

/* Begins to call `fill`, which is called by one thread at a time; by another one if `threaded`, and
 * if there can be one. */
void ahead_begin(struct ahead *ahead, ahead_fill *fill, void *data, bool threaded);

/* The next batch, whose records are valid until the next call; an empty one at the end, after which
 * it must not be called again. */
const struct batch *ahead_next(struct ahead *ahead);

/* Releases everything, also before the end, and if it has not begun. */
void ahead_end(struct ahead *ahead);

#endif
