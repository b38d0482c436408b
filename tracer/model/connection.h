/*
 * connection.h: the life of one connection: opened, shaken hands, request sent, in flight,
 * answered, closed. Calls move it from phase to phase, and listeners are told of that.
 *
 * A request is in flight from the end of its last write to the first read that got something. With
 * every write that follows without a read in between the flight starts anew. Of accepted
 * connections nothing is in flight: their writes are answers.
 *
 * Where both sides talk at once nobody can tell by calls which answer is whose: such a connection
 * has no requests from then on, whatever it waits for.
 */
#ifndef MODEL_CONNECTION_H
#define MODEL_CONNECTION_H

#include "base/map.h"
#include "model/kept.h"
#include "model/kind.h"
#include "model/listener.h"

#include <greq/trace_format.h>

#include <stdbool.h>
#include <stdint.h>

struct process;
struct thread;

enum phase {
    PHASE_OPENING,  /* connect and handshake */
    PHASE_READY,    /* the program's turn: nothing was sent yet, or the last answer has been read */
    PHASE_SENDING,  /* the program is in a write */
    PHASE_FLIGHT,   /* the remote's turn */
    PHASE_ANSWERED, /* part of an answer has been read */
    PHASE_OVER,     /* closed, or it could not be opened */
};

/* The status of HTTP after which something else is spoken. */
enum { SWITCHING_PROTOCOLS = 101 };

/* Another connection to the same peer has been used again: there is a pool. */
struct peer {
    char *text;
    uint64_t reused; /* ns; 0: none ever was */
};

/* What all connections of a model add up to. */
struct connections {
    const struct listeners *listeners;
    uint64_t count;    /* opened in all */
    uint64_t accepted; /* of them, by the program as a server */
    uint64_t requests; /* sent, but by accepted ones */
    uint64_t bytes_sent;
    uint64_t bytes_received;
    uint64_t arrivals;       /* answers and requests that were read */
    uint64_t arrivals_early; /* of them, those that had come before, while the thread was blocked */
    uint64_t arrivals_unknown; /* of these, when is not known */
    struct map peers;          /* by the hash of their text */
    struct peer others;        /* all beyond PEERS_MAX */
};

/* What each call looks at comes first. */
struct connection {
    enum phase phase;
    enum phase before_write; /* while PHASE_SENDING: where a failed write leads back to */
    enum trace_peer_role role;
    unsigned blockers;    /* calls that block their thread for it just now */
    unsigned users;       /* descriptors and unfinished calls; it is destroyed at 0 */
    unsigned descriptors; /* that refer to it */
    bool unanswered;      /* a request was sent and nothing has been read since */
    bool is_mixed;        /* requests cannot be told apart */
    bool is_one_way;      /* nobody looks for answers: what is written are no requests */
    bool is_looked_at;    /* a read or a wait for it has begun since the last write... */
    bool is_polled;       /* ... or one wait, which may be for room for the next write */
    bool failed;          /* it never opened: it was refused, or given up */
    bool backlog_known;
    bool is_watched;     /* a listener wants its states */
    bool is_tls;         /* its handshake has begun */
    bool left;           /* it is about to be closed, and its peer is there */
    uint64_t since;      /* ns, if it is watched: `phase` and `blockers` hold since then */
    uint64_t number;     /* from 1, in the order of opening */
    struct thread *last; /* that made a call about it; NULL: none did */

    /* When it waits for the program, in ns; 0: it does not, or nothing is known. */
    uint64_t free_since; /* opened, and not used yet */
    uint64_t floor;      /* what is awaited of the peer has not come before */
    uint64_t arrived;    /* something came */
    uint64_t reported;   /* it was said to be there */

    struct thread *sender;   /* of the last write */
    uint64_t slow_calls;     /* of that thread, by then */
    uint64_t waits_for_many; /* the same */
    uint64_t last_read;      /* ns: when the last read that got something ended; 0: none did */
    unsigned reads;          /* in progress */
    struct connections *all;
    struct process *process;
    struct peer *host;
    struct lifeline life;
    struct kept kept;

    char *peer;
    uint64_t failed_at;    /* ns */
    uint64_t connected;    /* ns; before its handshake; 0: it is not */
    uint64_t backlog;      /* ns that it waited to be accepted, if `backlog_known` */
    struct caller owner;   /* who sent its first request, or opened it */
    char *owner_name;      /* that task's, as the program calls it; NULL: not known */
    uint32_t baseline;     /* bytes that lay unread when the request was sent */
    uint64_t shaken_since; /* when its handshake began */
};

/* Times are ns and must not go back over all connections of a model. */

/* Opens a connection, used by one descriptor. Copies `peer`. */
struct connection *connection_open(struct connections *all, struct process *process,
                                   enum trace_peer_role role, const char *peer,
                                   struct caller caller, uint64_t time);

/* Whether a peer recorded for its descriptor is that of a repeated connect(), not of a new
 * connection. */
bool connection_is_repeated(const struct connection *connection, enum trace_peer_role role,
                            const char *peer);

/* A task of a thread makes a call on it, or has returned from it with this result. */
void connection_call_begin(struct connection *connection, enum kind kind, struct thread *thread,
                           uint32_t task, uint64_t time);
void connection_call_end(struct connection *connection, struct call_kind kind,
                         struct thread *thread, const struct trace_call *record, uint64_t time);

/* What is known of the HTTP on it. */
void connection_speak(struct connection *connection, const struct trace_http *http, uint64_t time);

/* A call that blocks its thread for this connection begins, or ends after `blocked` ns. `alone`: it
 * waits for no other one, so the program has come to it. */
void connection_block(struct connection *connection, struct thread *thread, bool alone,
                      uint64_t time);
void connection_unblock(struct connection *connection, unsigned function, uint64_t blocked,
                        uint64_t time);

/* Whether it is one that the program asks by, and not one that it serves. */
static inline bool connection_asks(const struct connection *connection)
{
    return connection->role == TRACE_PEER_CONNECT;
}

/* What the trace tells of data that lie unread, of which the last came at `came` (0: not known);
 * that it was said to be readable, or writable; how much lay unread behind a request. */
void connection_unread(struct connection *connection, uint32_t bytes, uint64_t came);
void connection_readable(struct connection *connection, uint64_t time);
void connection_writable(struct connection *connection, uint64_t time);
void connection_set_baseline(struct connection *connection, uint32_t bytes);

/* The time before which it did not wait for the program, whatever will be learnt yet; UINT64_MAX:
 * it does not wait. */
uint64_t connection_may_wait_since(const struct connection *connection);

/* The program, which serves it, is about to close it, or to end, while its peer is there; so much
 * lies unread, of which the last came at `came` (0: not known). */
void connection_leave(struct connection *connection, uint32_t bytes, uint64_t came);

/* Whether it has something for the program to do, as far as is known. */
bool connection_waits(const struct connection *connection);

/* A thread is about to close one of its descriptors by a call: what was sent last may be no
 * request. */
void connection_say_goodbye(struct connection *connection, const struct thread *thread);

/* One of its descriptors is closed, by a thread; the last one closes it. */
void connection_close(struct connection *connection, struct thread *thread, uint64_t time);

/* The same at the end of its process, whose main thread (or NULL) has it if none was at it. */
void connection_end(struct connection *connection, struct thread *main, uint64_t time);

/* Adds and drops a user. */
void connection_forget(struct connection *connection); /* there is no user any more */

static inline struct connection *connection_hold(struct connection *connection)
{
    connection->users++;
    return connection;
}

static inline void connection_release(struct connection *connection)
{
    if (!--connection->users)
        connection_forget(connection);
}

void connections_finish(struct connections *all);

#endif
