/*
 * serial.h: the account of requests one after another (docs/accounting.md, R): what requests
 * that a thread made one after another would take with several of them in flight at once. They are
 * gone through once more with so many places for them; the thread's own work on them stays one
 * after another.
 *
 * That they are independent of each other is assumed, here and wherever this is shown.
 */
#ifndef ACCOUNT_SERIAL_H
#define ACCOUNT_SERIAL_H

#include "base/map.h"
#include "model/listener.h"

#include <stddef.h>
#include <stdint.h>

struct call;
struct peer;
struct process;
struct site;

/* 2, 4, 8, 16 at once, or all of them. */
enum { SERIAL_WIDTHS = 5, SERIAL_PLACES = 16 };
extern const unsigned serial_widths[SERIAL_WIDTHS]; /* 0: all */

/* Time of the replay, from 0. ns. */
struct serial_run {
    uint64_t places[SERIAL_PLACES]; /* when each is free */
    uint64_t thread;                /* when it is */
    uint64_t end;                   /* of the last request */
};

/* One more request, with so many places for them: the thread works on it, then waits for it. ns. */
void serial_run_add(struct serial_run *run, unsigned width, uint64_t worked, uint64_t waited);

/* The requests of one process to one peer, waited for at one place. */
struct serial {
    struct process *process;
    const struct peer *peer;
    struct site *site; /* the place, of the answers if they were waited for long; NULL: none was */
    uint64_t requests;
    uint64_t waited;  /* ns: connect, handshake, names, answers */
    uint64_t worked;  /* ns: the thread, between them */
    uint64_t longest; /* ns: of the waits */
    struct serial_run runs[SERIAL_WIDTHS];
    struct serial *next; /* with the same hash */
};

struct serials {
    struct listener listener; /* first */
    struct map by_hash;
    struct serial **items;
    size_t count;
    size_t capacity;
};

void serials_begin(struct serials *serials);

/* Of each call, and each request (account/accounts.c). */
void serials_begin_call(struct serials *serials, struct call *call, uint64_t time);
void serials_finish(struct serials *serials);
void serials_request(struct thread *thread, uint64_t time);
void serials_answer(const struct connection *connection, struct thread *thread, uint64_t time);

#endif
