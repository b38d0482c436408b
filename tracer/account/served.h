/*
 * served.h: the account of requests that the program was asked, that it has read and not answered
 * yet; and what their threads have done since. Who waited behind what is for others to say.
 */
#ifndef ACCOUNT_SERVED_H
#define ACCOUNT_SERVED_H

#include "model/connection.h"
#include "model/listener.h"

#include <stdbool.h>
#include <stdint.h>

struct call;

/* Of a connection that the program serves. */
struct served_request {
    struct thread *thread; /* that has read it; NULL: there is none that is not answered */
    uint64_t asked;        /* ns; when it had been read */
    bool is_one_of_many;   /* its thread has slept since one before it, which was not answered */
};

/* Of a process. */
struct served_load {
    uint64_t requests;   /* that it has read */
    uint64_t unanswered; /* of them, those that have no answer yet */
    uint64_t asked;      /* ns: when it had read the last of them */
    bool has_answered;   /* one */
};

struct served {
    struct listener listener; /* first */
};

/* To be told before those who ask it. */
void served_begin(struct served *served);

/* Of each call (account/accounts.c). */
void served_end_call(const struct call *call, uint64_t time);

static inline bool served_is(const struct connection *connection)
{
    return connection && !connection_asks(connection);
}

/* The request of a connection, until its answer has been written. */
struct served_request served_request(struct connection *connection);

/* When the thread last woke up in a wait for many; 0: it never slept there. */
uint64_t served_slept_until(struct thread *thread);

/* Whether a thread that answers it has read it, and has not slept since: one that sleeps has
 * nothing to do for anybody. */
bool served_is_due(struct connection *connection, struct thread *thread);

/* What the process has been asked so far. */
struct served_load served_load(struct process *process);

/* Whether the process has answered a request: then its peers want answers. */
bool served_answers(struct process *process);

/* When the thread last began an answer to another connection; 0: it never did. */
uint64_t served_other_answer(struct thread *thread, const struct connection *connection);

#endif
