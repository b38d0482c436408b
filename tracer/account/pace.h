/*
 * pace.h: whether a request comes at its time (docs/accounting.md, R8): its thread has slept before
 * it, or somebody has for it.
 */
#ifndef ACCOUNT_PACE_H
#define ACCOUNT_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct call;

/* Of a thread and the request that it is making, or has just made. All zeros at first. */
struct pace {
    bool is_slept_for;    /* the request comes at its time */
    bool is_sent;         /* what the thread sleeps from now on it does not sleep for it */
    bool timed_out;       /* what it has waited for descriptors last */
    bool connects;        /* it has begun to open a connection */
    bool by_sleeper;      /* the task of the last call has slept since then, parked */
    uint64_t since;       /* ns; all before belongs to earlier requests */
    uint64_t slept_until; /* ns; whatever the thread did since then */
    uint64_t woken;       /* ns: the begin of its last wait for descriptors */
};

/* A call of the thread begins; it ended; all is known of it. `wakers`: that of the thread that
 * ended its wait, or NULL. */
void pace_begin_call(struct pace *pace, const struct call *call);
void pace_end_call(struct pace *pace, const struct call *call, uint64_t time);
void pace_add_call(struct pace *pace, const struct call *call, const struct pace *wakers);

/* The request is written to its end. */
void pace_send(struct pace *pace);

/* What was sent was no request: the thread is where it was before. */
void pace_withdraw(struct pace *pace);

/* It was answered then: the next one begins. */
void pace_next(struct pace *pace, uint64_t time);

#endif
