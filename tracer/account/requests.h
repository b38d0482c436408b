/*
 * requests.h: the table of requests: how many there were of each kind, and how long their parts
 * took; and the slowest ones.
 */
#ifndef ACCOUNT_REQUESTS_H
#define ACCOUNT_REQUESTS_H

#include "account/spread.h"
#include "base/map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a request's time is made of. What the program does in between is in the total alone. Of one
 * that was served SEND is the answer, RECEIVE the request, and WAIT what the program took for it.
 */
enum request_part {
    PART_LOOKUP,  /* of the name */
    PART_BACKLOG, /* until the connection was accepted */
    PART_CONNECT,
    PART_TLS,  /* the handshake */
    PART_SEND, /* from the first write to the end of the last */
    PART_WAIT, /* to the first byte of the answer */
    PART_RECEIVE,
    PART_TOTAL,
    PARTS,
};

/* As a reader knows it: of a request that was served SEND, WAIT and RECEIVE have other names. */
const char *part_name(enum request_part part, bool is_served);

struct process;

/* What requests are counted by. The texts live as long as the table. */
struct request_kind {
    bool is_served;    /* by the program */
    const char *name;  /* as it was looked up; NULL: the address is all that is known */
    const char *peer;  /* its address; NULL: it is served, whoever asks */
    const char *label; /* method and path, or NULL */
};

struct request {
    struct request_kind kind;
    uint64_t begun;
    uint64_t since[PARTS]; /* when each part began, ns */
    uint64_t parts[PARTS]; /* ns */
    unsigned has;          /* bit n: it has part n */
    unsigned status;       /* of HTTP; 0: not known */
    bool failed;           /* no connection was opened, or nothing was answered */
    uint64_t connection;   /* its number; 0: there was none */
    const struct process *process;
};

struct request_row {
    struct request_kind kind;
    uint64_t count;
    uint64_t failed;
    uint64_t errors; /* of them answered with a status of 400 or more */
    struct spread parts[PARTS];
    struct request_row *next; /* with the same hash */
};

enum { SLOWEST_MAX = 10 };

/* All zeros: there were none. */
struct requests {
    struct map by_hash;
    struct request_row **rows; /* in the order of their first requests */
    size_t count;
    size_t capacity;
    struct request slowest[SLOWEST_MAX]; /* the slowest first */
    size_t slowest_count;
};

/* The row of a kind; made when it is new. It stays that of the kind. */
struct request_row *requests_row(struct requests *requests, const struct request_kind *kind);

/* Counts a request in the row of its kind. */
void requests_add(struct requests *requests, struct request_row *row,
                  const struct request *request);

static inline void request_set(struct request *request, enum request_part part, uint64_t since,
                               uint64_t ns)
{
    request->since[part] = since;
    request->parts[part] = ns;
    request->has |= 1u << part;
}

void requests_finish(struct requests *requests);

#endif
