/*
 * exchange.h: the conversation between `server` and the clients, and what the clients have in
 * common: connections that are opened before the clock starts, and answers that are checked.
 *
 * A client asks a question of 8 bytes and has the answer, 8 bytes again, before it asks the next.
 * On accepting a connection the server sends the answer to question 0 unasked, so that a client
 * knows that its connections are set up on both sides.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "bench.h"

/* One connection and how far it has come. Aligned, so that two threads never write to the same
 * cache line. */
struct conversation {
    _Alignas(64) int fd;
    uint32_t number; /* counts from 1 */
    uint32_t rounds; /* questions to ask */
    uint32_t answered;
};

struct exchange {
    uint32_t count;
    uint32_t rounds;
    struct conversation *conversations; /* [count] */
};

static inline uint64_t exchange_question(uint32_t number, uint32_t round)
{
    return (uint64_t)number << 32 | round;
}

/* What the server makes of a question: an echo alone would not prove that it saw it. */
static inline uint64_t exchange_answer(uint64_t question)
{
    return ~question;
}

/* Reads the arguments PORT CONNECTIONS ROUNDS and connects. */
struct exchange exchange_open(int argc, char *argv[]);

/* Holds a whole conversation (struct conversation *) with blocking calls: what a task or a thread
 * runs. Returns NULL. */
void *exchange_converse(void *conversation);

/* Counts an answer in, or gives up if it is wrong. */
void exchange_check(struct conversation *conversation, uint64_t answer);

/* Checks that every question was answered, prints the result and closes. */
void exchange_close(struct exchange *exchange, struct usage used);

#endif
