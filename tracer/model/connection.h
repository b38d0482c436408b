/*
 * connection.h: the life of one connection: opened, shaken hands, request sent, in flight,
 * answered, closed. Calls move it from phase to phase; the phases paint its lane and drive the
 * concurrency.
 *
 * A request is in flight from the end of its last write to the first read that got something. With
 * every write that follows without a read in between the flight starts anew. Of accepted
 * connections nothing is in flight: their writes are answers.
 */
#ifndef MODEL_CONNECTION_H
#define MODEL_CONNECTION_H

#include "model/concurrency.h"
#include "model/kind.h"
#include "model/step.h"
#include "model/timeline.h"

#include <greq/trace_format.h>

#include <stdbool.h>
#include <stdint.h>

enum phase {
    PHASE_OPENING,  /* connect and handshake */
    PHASE_READY,    /* the program's turn: nothing was sent yet, or the last answer has been read */
    PHASE_SENDING,  /* the program is in a write */
    PHASE_FLIGHT,   /* the remote's turn */
    PHASE_ANSWERED, /* part of an answer has been read */
    PHASE_OVER,     /* closed, or it could not be opened */
};

/* What all connections of a model add up to. */
struct connections {
    uint64_t count;    /* opened in all */
    uint64_t accepted; /* of them, by the program as a server */
    uint64_t requests; /* sent, but by accepted ones */
    uint64_t bytes_sent;
    uint64_t bytes_received;
    struct concurrency concurrency;
    struct timeline timeline;
    struct steps steps; /* of those that the program opened itself */
};

struct connection {
    struct connections *all;
    uint64_t number; /* from 1, in the order of opening */
    enum trace_peer_role role;
    char *peer;
    enum phase phase;
    enum phase before_write; /* while PHASE_SENDING: where a failed write leads back to */
    unsigned blockers;       /* calls that block their thread for it just now */
    uint64_t since;          /* ns; `phase` and `blockers` hold since then */
    bool unanswered;         /* a request was sent and nothing has been read since */
    struct lifeline life;
    struct lane *lane; /* NULL: not among the first */

    unsigned descriptors; /* that refer to it */
    unsigned users;       /* descriptors and unfinished calls; it is destroyed at 0 */
};

/* Times are ns and must not go back over all connections of a model. */

/* Opens a connection, used by one descriptor. Copies `peer`. */
struct connection *connection_open(struct connections *all, enum trace_peer_role role,
                                   const char *peer, struct caller caller, uint64_t time);

/* Whether a peer recorded for its descriptor is that of a repeated connect(), not of a new
 * connection. */
bool connection_is_repeated(const struct connection *connection, enum trace_peer_role role,
                            const char *peer);

/* A call on it begins, or has returned with this result. */
void connection_call_begin(struct connection *connection, enum kind kind, struct caller caller,
                           uint64_t time);
void connection_call_end(struct connection *connection, struct call_kind kind,
                         const struct trace_call *record, uint64_t time);

/* A call that blocks its thread for this connection begins, or ends after `blocked` ns. */
void connection_block(struct connection *connection, uint64_t time);
void connection_unblock(struct connection *connection, unsigned function, uint64_t blocked,
                        uint64_t time);

/* One of its descriptors is closed; the last one closes it. */
void connection_close(struct connection *connection, uint64_t time);

/* Adds and drops a user. */
struct connection *connection_hold(struct connection *connection);
void connection_release(struct connection *connection);

#endif
