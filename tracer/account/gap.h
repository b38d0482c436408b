/*
 * gap.h: the account of where time was not seen (docs/accounting.md, T9): between which calls a
 * thread was off the CPU, and in none.
 */
#ifndef ACCOUNT_GAP_H
#define ACCOUNT_GAP_H

#include "base/map.h"
#include "model/listener.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct thread;

/* A call at one end of a gap. */
struct gap_edge {
    bool is_call; /* else it is the thread's begin or end */
    unsigned function;
    int fd; /* or -1 */
};

struct gap_place {
    struct gap_edge after, before;
    const struct thread *thread; /* the first */
    uint64_t count;
    uint64_t time;          /* ns */
    struct gap_place *next; /* with the same hash */
};

struct gaps {
    struct listener listener; /* first */
    struct map by_hash;
    struct gap_place **items;
    size_t count;
    size_t capacity;
};

void gaps_begin(struct gaps *gaps);

/* Of each call (account/accounts.c). */
void gap_end_call(const struct call *call);

/* The place with the most time, or NULL. */
const struct gap_place *gaps_longest(const struct gaps *gaps);

void gaps_finish(struct gaps *gaps);

#endif
