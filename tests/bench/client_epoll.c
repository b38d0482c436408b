/*
 * client_epoll.c: the exchange as a raw epoll loop: one thread, one state per connection, each
 * registered once. What the others are compared with.
 *
 *     client_epoll PORT CONNECTIONS ROUNDS
 */
#define _GNU_SOURCE
#include "exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 256 };

/* A conversation, and the part of the next answer that has come. */
struct state {
    struct conversation *conversation;
    size_t have;
    uint64_t answer;
};

static void ask(const struct conversation *conversation)
{
    uint64_t question = exchange_question(conversation->number, conversation->answered);
    if (send(conversation->fd, &question, sizeof question, MSG_DONTWAIT | MSG_NOSIGNAL) !=
        sizeof question)
        bench_fail("connection %u: send: %s", conversation->number, strerror(errno));
}

static void start(int epoll, struct state *state)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = state};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, state->conversation->fd, &event) != 0)
        bench_fail("epoll_ctl: %s", strerror(errno));
    ask(state->conversation);
}

/* Returns whether that was the last answer of the conversation. */
static int go_on(struct state *state)
{
    struct conversation *conversation = state->conversation;
    ssize_t got = recv(conversation->fd, (char *)&state->answer + state->have,
                       sizeof state->answer - state->have, MSG_DONTWAIT);
    if (got <= 0)
        bench_fail("connection %u: recv: %s", conversation->number,
                   got ? strerror(errno) : "closed by the server");
    state->have += (size_t)got;
    if (state->have < sizeof state->answer)
        return 0;
    state->have = 0;
    exchange_check(conversation, state->answer);
    if (conversation->answered == conversation->rounds)
        return 1;
    ask(conversation);
    return 0;
}

static void run(struct state *states, uint32_t count)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        bench_fail("epoll_create1: %s", strerror(errno));
    for (uint32_t i = 0; i < count; i++)
        start(epoll, &states[i]);
    while (count) {
        int ready = epoll_wait(epoll, events, EVENTS_AT_ONCE, -1);
        if (ready < 0)
            bench_fail("epoll_wait: %s", strerror(errno));
        for (int i = 0; i < ready; i++)
            count -= (uint32_t)go_on(events[i].data.ptr);
    }
    close(epoll);
}

int main(int argc, char *argv[])
{
    struct exchange exchange = exchange_open(argc, argv);
    struct usage start = usage_now();
    struct state *states = bench_allocate(exchange.count, sizeof *states);
    for (uint32_t i = 0; i < exchange.count; i++)
        states[i].conversation = &exchange.conversations[i];
    run(states, exchange.count);
    free(states);
    exchange_close(&exchange, usage_since(start));
}
