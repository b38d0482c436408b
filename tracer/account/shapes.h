/*
 * shapes.h: the account of what everybody knows by its shape and nobody is to blame for
 * (docs/accounting.md, F): how often it was seen with each peer or name, and what it cost.
 */
#ifndef ACCOUNT_SHAPES_H
#define ACCOUNT_SHAPES_H

#include "base/map.h"
#include "model/listener.h"

#include <stddef.h>
#include <stdint.h>

struct call;

enum shape_kind {
    SHAPE_RECONNECT, /* a connection was opened where an earlier one could have been kept */
    SHAPE_EXPECT,    /* the rest of a request was sent after a second in which no answer came */
    SHAPE_NAGLE,     /* a small write waited for the one before it to be acknowledged */
    SHAPE_RESOLVER,  /* a look-up took as long as a name server is waited for */
};

struct shape {
    enum shape_kind kind;
    char *with; /* peer or name */
    uint64_t count;
    uint64_t time; /* ns */
};

struct shapes {
    struct listener listener; /* first */
    struct map by_kind;
    struct shape **items;
    size_t count;
    size_t capacity;
};

void shapes_begin(struct shapes *shapes);

/* Of each call, and each request (account/accounts.c). */
void shapes_begin_call(const struct call *call, uint64_t time);
void shapes_end_call(const struct call *call, uint64_t time);
void shapes_finish(struct shapes *shapes);
void shapes_answer(struct shapes *shapes, struct connection *connection);

#endif
