/*
 * replay.h: the same run, had no call held up what did not need it. What was recorded is done once
 * more in thought: the program's own work in one queue for each thread, and what it waited for at
 * the side. An estimate, made along with the reading.
 *
 * Work on a connection follows from what was done on that connection before. If it had been waiting
 * for the program, it is done when it could have been done: in a gap of the thread's time that the
 * blocking call has left free. Anything else, such as opening the next connection, comes after all
 * that came before it in the program.
 */
#ifndef MODEL_REPLAY_H
#define MODEL_REPLAY_H

#include "model/schedule.h"

#include <stdbool.h>
#include <stdint.h>

struct call;
struct connection;
struct model;
struct task;
struct thread;

/* A time as it was, and as it would have been. ns. */
struct moment {
    uint64_t recorded;
    uint64_t replayed;
};

/* Of a connection. */
struct turn {
    struct moment last; /* when the program had done its last work on it, or it became ready */
    struct moment sent; /* when its last request was sent; zeros: none was */
    uint64_t waits;     /* of the thread, at that last work */
};

/* Of a thread. */
struct replay {
    struct schedule schedule;
    bool begun;
    uint64_t mark;              /* recorded: all work before is done */
    uint64_t now;               /* replayed: when it was done */
    struct connection *current; /* whose work is being done, held; NULL: its own */
    struct task *strand;        /* who does it */
    bool adrift; /* it has waited for many, and what it does next may follow from any of them */
    struct moment own;    /* its last work that was for no connection */
    struct moment round;  /* it has waited for many: what it finds next was not there before */
    uint64_t waits;       /* so far: long calls, waits for many */
    uint64_t held;        /* ns in calls that blocked it, so far */
    uint64_t held_asleep; /* of these, before it last slept until something was ready */
    uint64_t latest;      /* replayed: all is done */
};

/* A call begins, before its connections know of it, or ends, before they do. */
void replay_begin(struct model *model, struct call *call);
void replay_end(struct model *model, struct call *call);

/* A task is started by what runs on the thread. */
void replay_start_task(struct thread *thread, struct task *task, uint64_t time);

/* A connection has become ready without a call of its own. */
void replay_ready(struct connection *connection, uint64_t time);

/* A thread is over. Sets `latest`. */
void replay_end_thread(struct thread *thread, uint64_t time);

/* Its process is over as well: lets go of what it has held. */
void replay_release(struct thread *thread);

void replay_finish(struct replay *replay);

#endif
