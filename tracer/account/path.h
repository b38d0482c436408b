/*
 * path.h: what led to where a thread is: pieces of time one after another, since the run began.
 * What it waited for in another thread is that thread's path. So whatever led to what, the pieces
 * add up to the time that has passed.
 *
 * Pieces of one kind are kept together, with their number; of many kinds the smallest are one.
 */
#ifndef ACCOUNT_PATH_H
#define ACCOUNT_PATH_H

#include <stddef.h>
#include <stdint.h>

struct peer;
struct site;

enum piece_kind {
    PIECE_UNRECORDED, /* before the first record of its process */
    PIECE_OWN,        /* the program's own: no call that took long */
    PIECE_CALL,       /* in a call that blocked the thread */
    PIECE_EVENTS,     /* waiting for many, or for its tasks */
    PIECE_REST,       /* what is not kept apart */
};

/* Times in ns. */
struct path_piece {
    enum piece_kind kind;
    struct site *site;       /* of the call, or NULL */
    const struct peer *peer; /* that was waited for; NULL: none, or not known */
    uint64_t begun;          /* the first of them */
    uint64_t took;           /* all of them */
    uint64_t spare;          /* by no more of that could the path have ended sooner without it */
    uint64_t count;
};

enum { PATH_KEPT = 24 };

/* All zeros, but for `since`: nothing has passed. */
struct path {
    struct path_piece pieces[PATH_KEPT];
    size_t count;
    uint64_t since;
    uint64_t until; /* the pieces add up to the time between them */
};

/* Adds what a thread did from the path's end up to a time; no later time is no piece. */
void path_add(struct path *path, const struct path_piece *what, uint64_t until);

/* Goes on with what another path has since its own first record, of which nothing else is known: it
 * was started from this one. Returns 0, or -1 if they do not fit together: nothing is changed. */
int path_go_on(struct path *path, const struct path *started, const struct path_piece *between);

/* The path is that of somebody for whom a `waiter` has waited for so many ns at its end: had it
 * ended sooner by more than that, the waiter would have come no further. What both have of the time
 * before they parted, or what the waiter has of like kind, would have been shorter for both. */
void path_limit(struct path *path, const struct path *waiter, uint64_t window);

/* It has turned out whom the last `took` of a kind without a peer waited for. */
void path_name_peer(struct path *path, const struct site *site, uint64_t begun, uint64_t took,
                    const struct peer *peer);

#endif
