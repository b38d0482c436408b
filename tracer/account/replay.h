/*
 * replay.h: the account of what would have been (docs/accounting.md, E): the same run, had
 * no call held up what did not need it. The recording is replayed without the blocking: the
 * program's own work in one queue for each thread, and what it waited for at the side. An estimate,
 * made along with the reading.
 *
 * Work on a connection follows from what was done on that connection before. If it had been waiting
 * for the program, it is done when it could have been done: in a gap of the thread's time that the
 * blocking call has left free. Anything else, such as opening the next connection, comes after all
 * that came before it in the program.
 */
#ifndef ACCOUNT_REPLAY_H
#define ACCOUNT_REPLAY_H

#include "model/listener.h"

#include <stdint.h>

struct call;
struct model;

struct replays {
    struct listener listener; /* first */
    const struct model *model;
    uint64_t what_if; /* ns: how long the run would have taken */
};

void replays_begin(struct replays *replays, const struct model *model);

/* Of each call (account/accounts.c). */
void replay_begin_call(struct call *call, uint64_t time);
void replay_end_call(struct call *call, uint64_t time);

/* Lets go of what is kept with a thread. */
void replay_release(struct thread *thread);

#endif
