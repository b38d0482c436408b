/*
 * books.h: where the accounts book time: each piece with its rule, who waited, and behind which
 * call site. The sums by site are the figures of a report; whoever wants each piece (a ledger, a
 * picture) is told.
 */
#ifndef ACCOUNT_BOOKS_H
#define ACCOUNT_BOOKS_H

#include "account/figures.h"

#include <stdbool.h>
#include <stdint.h>

struct call;
struct connection;
struct thread;

/* The rules by which time is booked, with their names in docs/accounting.md. */
#define BOOKING_RULES(X)                                                   \
    X(S1) /* serialized: a connection waited to be used */                 \
    X(S2) /* serialized: data waited to be read */                         \
    X(W1) /* the same two, times the connections that waited */            \
    X(W2)                                                                  \
    X(C2) /* a thread computed: a connection waited for it */              \
    X(C3) /* the same, and its request had been read */                    \
    X(C6) /* the same, and a loop had been woken, or its timer was due */  \
    X(C7) /* the same, and the process ended without an answer */          \
    X(V1) /* C2, C3 and C7, times the connections that waited */           \
    X(V2)                                                                  \
    X(V3)                                                                  \
    X(S11) /* serialized: what was looked up waited to be used */          \
    X(W3)                                                                  \
    X(S13) /* serialized: a request that was read waited for its answer */ \
    X(S14) /* serialized: a loop had been woken, or its timer was due */   \
    X(W4)                                                                  \
    X(L1)  /* a loop was blocked */                                        \
    X(L10) /* the same, by a loop inside of it */                          \
    X(H1)  /* tasks were held up */                                        \
    X(I1)  /* a loop waited for what comes */                              \
    X(I2)  /* a helper thread waited for work */                           \
    X(I4)  /* a thread waited for the end of another, or of a child */     \
    X(G2)  /* a thread waited for the interpreter's lock */                \
    X(K1)  /* a thread waited for a lock, its holder blocked in this */    \
    X(K2)  /* the same, and the way led back to who waited */              \
    X(K8)  /* a process waited for a file's lock, its holder in no call */

enum rule_name {
#define X(name) RULE_##name,
    BOOKING_RULES(X)
#undef X
        RULE_NAMES,
};

/* One piece of time. Times in ns. */
struct booking {
    enum rule_name rule;
    uint64_t since;
    uint64_t until;
    uint64_t amount;                     /* of the time between them */
    const struct connection *connection; /* that waited, or NULL */
    const struct call *call;             /* that waited, or NULL */
    const struct thread *thread;         /* of the calls that it waited behind */
    struct site *site;                   /* the site of these calls */
    uint64_t last;                       /* when the last of them began; 0: not told */
};

/* Who is told of each piece. */
struct bookings {
    void (*book)(struct bookings *bookings, const struct booking *booking);
};

/* The threads that a figure was booked on. All zeros: on none. */
struct booked_on {
    const struct thread *first; /* NULL: none */
    bool are_several;           /* on another one as well */
};

static inline void booked_on_add(struct booked_on *on, struct booked_on more)
{
    if (!on->first)
        on->first = more.first;
    on->are_several |= more.are_several || (more.first && on->first != more.first);
}

struct books {
    struct figures figures;
    struct booked_on on[FIGURES];       /* of the run */
    struct booked_on (*sites)[FIGURES]; /* by the site's number */
    size_t capacity;
    struct bookings *told; /* or NULL */
};

/* Of a site. */
struct booked_on books_on(const struct books *books, size_t site, enum figure figure);

void books_finish(struct books *books);

/* Books a piece of time under a figure of its site. */
void books_add(struct books *books, enum figure figure, const struct booking *booking);

/* Tells of a piece, which is part of no figure yet. */
void books_tell(const struct books *books, const struct booking *booking);

#endif
