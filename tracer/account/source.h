/*
 * source.h: where a thread has from what it asks for (docs/accounting.md, R6 and R13). What it has
 * read elsewhere and relays could not have been sent before, unless it was this thread that had
 * told the other one of the last answer: then that one asks through it.
 */
#ifndef ACCOUNT_SOURCE_H
#define ACCOUNT_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

struct call;
struct thread;

/* Of a thread and the request that it is making, or has just made. All zeros at first. */
struct source {
    enum source_kind {
        SOURCE_OWN,   /* what it sends it has of itself, or of the last answer */
        SOURCE_WOKEN, /* it has waited for descriptors since then */
        SOURCE_READ,  /* and read something that is no connection: that is what it sends */
        SOURCE_ASKED, /* the same, of a thread that it had told of the last answer */
    } kind;
    bool is_sent;
    uint64_t woken;               /* ns: the begin of the last wait for descriptors */
    const struct thread *told_by; /* who has told it of an answer; NULL: nobody, or it has waited or
                                     read something else since */
    uint64_t told_in;             /* ns: the begin of the wait that this ended; 0: it was none */
    uint64_t waited_from;         /* ns: when its last wait began, or a sleep ended */
};

/* A call of the thread begins, or ended. */
void source_begin_call(struct source *source, const struct call *call);
void source_end_call(struct source *source, const struct call *call);

/* The thread has read what another one wrote, whose last answer came at `answered` (0: none did).
 */
void source_told(struct source *source, const struct thread *by, uint64_t answered);

/* Who wrote that had been told of an answer by this thread. */
void source_asked(struct source *source);

/* Its wait was ended by a `waker` (NULL: it is not known), whose last answer came then. */
void source_let_in(struct source *source, const struct call *call, const struct thread *waker,
                   uint64_t answered);

/* The request is written to its end. */
void source_send(struct source *source);

/* What was sent was no request. */
void source_withdraw(struct source *source);

/* It was answered: the next one begins. */
void source_next(struct source *source);

#endif
