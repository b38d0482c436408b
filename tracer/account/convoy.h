/*
 * convoy.h: the account of locks (docs/accounting.md, K): threads that waited for a lock,
 * and what its holder, or who was to wake them, was blocked in meanwhile.
 *
 * Each part of a wait counts for who had the lock then, as far as that is known from the waits
 * themselves: nobody records a lock that is had for the asking. If the holder waited for a lock
 * itself, its holder is to blame, and so on.
 *
 * The lock of a file is the same for all processes. The kernel says which process has it when a
 * wait begins, and of calls that need not wait it is known that they got it. So all of such a wait
 * is accounted for, also what its holder spent in no call.
 */
#ifndef ACCOUNT_CONVOY_H
#define ACCOUNT_CONVOY_H

#include "base/map.h"
#include "model/listener.h"
#include "model/thresholds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct books;
struct given_up;
struct locked_file;
struct site;
struct thread;

/* A lock changed hands, as a wait for it shows. */
struct handover {
    uint64_t time;
    struct thread *from; /* or NULL: not known, as below */
    struct thread *to;
};

struct lock {
    uint64_t address;
    const struct locked_file *file;           /* NULL: it is in memory */
    struct handover handovers[HANDOVERS_MAX]; /* number n at n % HANDOVERS_MAX */
    uint64_t count;
    bool is_taken;      /* it was waited for by who takes it: a mutex, a rwlock */
    uint64_t wakes;     /* of conditions and semaphores, by somebody who is known */
    uint64_t by_waiter; /* of them, by who has waited for it as well */
    uint64_t together;  /* of them, at once with the one before */
    uint64_t in_vain;   /* of them, of whoever has just been let in, and has waited long again */
};

/* What came of the waits of one site behind another one, for one lock. Times in ns. */
struct convoy {
    struct site *waiter;
    struct site *holder; /* `waiter`: the lock of a file, and its holder was in no call */
    const struct lock *lock;
    uint64_t time;
    uint64_t waits;
    uint32_t holder_pid; /* 0: several have been it, or it is not known */
    bool is_traced;      /* that process */
    bool knot;           /* the way led back to who waited */
    bool mutual;         /* known at the end; else they wait for work, and it is nobody's fault */
    struct convoy *next; /* with the same hash */
};

struct convoys {
    struct listener listener; /* first */
    struct books *books;
    struct map locks;
    struct map by_sites;
    struct convoy **items;
    size_t count;
    size_t capacity;
    struct given_up *given_up; /* waits for locks of files that got none */
    size_t given_up_count;
    size_t given_up_capacity;
};

void convoys_begin(struct convoys *convoys, struct books *books);

/* Whether the JVM or Ruby itself makes a call. */
bool convoy_is_within_runtime(const struct call *call);

/* Whether the JVM or Ruby itself waits in a condition: for work, at a place of a thread's own, or
 * for Ruby's own lock, which goes from hand to hand there (see interpreter.h). Their locks for
 * programs are words that are not seen: who woke whom has held nothing. */
bool convoy_is_at_runtimes_condition(const struct call *call);

/* All has been told: books what is known to have been a lock, and no queue of work. */
void convoys_close(struct convoys *convoys);

/* Whether the waits of one site behind another one, for what lies at this address, were for a lock.
 */
bool convoys_are_mutual(const struct convoys *convoys, const struct site *waiter,
                        const struct site *holder, uint64_t address);

void convoys_finish(struct convoys *convoys);

#endif
