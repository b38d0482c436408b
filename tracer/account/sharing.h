/*
 * sharing.h: the account of connections in which two tasks met that calls have left their thread to
 * (docs/accounting.md, M).
 */
#ifndef ACCOUNT_SHARING_H
#define ACCOUNT_SHARING_H

#include "model/listener.h"

#include <stddef.h>
#include <stdint.h>

struct call;
struct site;

/* A call of one of the two. */
struct shared_call {
    const struct site *site; /* NULL: it is not known */
    uint32_t task;
    char *task_name; /* NULL: the program has none for it, or it is not known */
    uint64_t time;   /* ns that it took */
};

struct shared_connection {
    char *peer; /* NULL: not known */
    int fd;
    bool reads; /* as in struct meeting, as are these */
    struct shared_call first, second;
};

struct sharing {
    struct listener listener; /* first */
    struct shared_connection **items;
    size_t count;
    size_t capacity;
};

void sharing_begin(struct sharing *sharing);

/* Of each call (account/accounts.c). */
void sharing_add_call(const struct call *call);
void sharing_finish(struct sharing *sharing);

#endif
