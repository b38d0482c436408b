/*
 * concurrency.h: the account of requests in flight (docs/accounting.md, P): how many there
 * were at once, in the run and in each process, and whether a pool limited them. Keeps sums, no
 * history.
 *
 * That an answer has come may be learnt only later, when it is read. So changes are kept in the
 * order of their time until many later ones have been told of, and only then counted: half of those
 * that are kept at a time.
 */
#ifndef ACCOUNT_CONCURRENCY_H
#define ACCOUNT_CONCURRENCY_H

#include "base/map.h"
#include "model/listener.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONCURRENCY_DELAY = 1024, QUEUE_KEPT = 32 };

/* What is in flight to one peer. */
struct peer_flights {
    uint64_t in_flight;
    uint64_t peak;
};

/* From `time` on, `change` (1 or -1) more are in flight; 0: what one needs is not in use any more.
 */
struct flight_change {
    uint64_t time;
    int8_t change;
    bool goes_on;             /* whoever does it had another one before, and has not waited since */
    bool takes_next;          /* the same, and nobody has given it this one */
    bool is_let_in;           /* it has waited, until one who had just done the same let it in */
    bool is_rest;             /* it pauses, or goes on: neither an end nor a start */
    bool was_given;           /* whoever starts it was given it just before, and had no turn */
    uint64_t asked;           /* ns: when its process had last read a request, by then */
    uint64_t unanswered;      /* requests that this one had read and not answered, */
    uint64_t requests;        /* of all that it had read */
    uint64_t freed;           /* ns: what it needed was in use until then, as far as is known */
    uint64_t given;           /* ns: its work may have been given to it then; 0: it was not */
    uint64_t connection;      /* its number; 0: it is of none */
    const struct thread *who; /* NULL: not told */
    uint64_t who_since;       /* ns: it was there since then */
    struct concurrency *part; /* is counted with it: of one process; or NULL */
    struct peer_flights *asked_of; /* the same, of the peer; NULL: it is of none */
};

/* All zeros: nothing has been in flight yet. Times in ns. */
struct concurrency {
    uint64_t in_flight; /* these are valid after concurrency_finish */
    uint64_t peak;
    uint64_t since;          /* `in_flight` holds since then */
    double area;             /* request-nanoseconds in flight */
    double busy;             /* in which at least one was in flight */
    double at_peak;          /* in which as many as ever were */
    uint64_t longest;        /* ns: the longest request's time in flight */
    uint64_t refills;        /* starts that reached the peak again */
    uint64_t prompt_refills; /* of them, those soon after an end */
    uint64_t last_end;
    uint64_t batches;              /* starts that did so when a batch may have been given */
    uint64_t all_ended;            /* ns: since it was at its peak last; 0: they have not */
    const struct thread *last_who; /* of that end */
    uint64_t prompt_turns; /* prompt refills by another thread than that of the last end, which
                              was there already: it may have waited for its turn */
    uint64_t went_on;      /* refills by who goes on */
    uint64_t took_next;    /* of them, those that nobody was given */
    uint64_t let_in;       /* and by who was let in */
    uint64_t awaited; /* refills while more requests had no answer than there are at the peak */
    uint64_t unasked; /* of them, those that none was read for since the last end */
    uint64_t starts;  /* so far */
    uint64_t left;    /* requests that had been read by the last end, and not begun */
    uint64_t queued[QUEUE_KEPT + 1]; /* refills by what was left then, up to the last, or more */
    uint64_t prompt_ns;              /* what is soon; 0: POOL_PROMPT_NS */

    struct flight_change *waiting; /* a ring of those not counted yet, sorted by time; NULL: none
                                      ever was */
    size_t first;                  /* of the ring */
    size_t count;
    struct flight_change *late; /* the same, sorted, of what was told after a later one; or NULL */
    size_t late_count;
};

/* The account. */
struct flights {
    struct listener listener; /* first */
    struct concurrency all;
    struct map by_peer; /* struct peer_flights */
};

void flights_begin(struct flights *flights);

/* Of each request (account/accounts.c). */
void flights_request(struct flights *flights, struct connection *connection, struct thread *thread,
                     uint64_t time);

/* All has been told. */
void flights_close(struct flights *flights);

/* Whether as many peers were asked as ever were in flight at once, each for one at a time. */
bool flights_are_rows(const struct flights *flights);

void flights_finish(struct flights *flights);

/* Of a process's own requests; complete after flights_close. */
const struct concurrency *flights_of(struct process *process);

/* `change` (1 or -1) more requests are in flight from `time` on. A time before one that has been
 * counted already is taken for that one. */
void concurrency_change(struct concurrency *concurrency, int change, uint64_t time);

/* The same, with all that is known of it. */
void concurrency_add(struct concurrency *concurrency, const struct flight_change *change);

/* Counts what is waiting, and releases it. */
void concurrency_finish(struct concurrency *concurrency);

/* The mean number in flight while there was any, or 0. */
double concurrency_mean(const struct concurrency *concurrency);

/* Whether it was at its peak most of the time that there was any, and came to that again. */
bool concurrency_is_full(const struct concurrency *concurrency);

/* The same, and most of those that reached the peak again did so when another one had just ended.
 */
bool concurrency_is_limited(const struct concurrency *concurrency);

/* How many of those that reached the peak again did so after an end at which more than `others`
 * requests had been read and not begun: one of them at least waited, if `others` never began. */
uint64_t concurrency_queued(const struct concurrency *concurrency, uint64_t others);

/* The number that a pool allowed, or 0 if nothing looks like that: it was reached most of the time,
 * and who came later started when somebody had just ended. */
unsigned concurrency_pool_limit(const struct concurrency *concurrency);

#endif
