/*
 * exchange.c: see exchange.h.
 */
#include "exchange.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint64_t receive_answer(const struct conversation *conversation)
{
    uint64_t answer;
    size_t have = 0;
    while (have < sizeof answer) {
        ssize_t got = recv(conversation->fd, (char *)&answer + have, sizeof answer - have, 0);
        if (got <= 0)
            bench_fail("connection %u: recv: %s", conversation->number,
                       got ? strerror(errno) : "closed by the server");
        have += (size_t)got;
    }
    return answer;
}

static int connect_to(uint32_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    /* Closing resets the connection: ten thousand sockets in TIME_WAIT would go on costing time
     * while the next program is measured. */
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) != 0)
        bench_fail("socket: %s", strerror(errno));
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        bench_fail("connect to port %u: %s", port, strerror(errno));
    return fd;
}

static struct conversation open_conversation(uint32_t port, uint32_t number, uint32_t rounds)
{
    struct conversation conversation = {connect_to(port), number, rounds, 0};
    if (receive_answer(&conversation) != exchange_answer(0))
        bench_fail("connection %u: a wrong greeting: is this the benchmark's server?", number);
    return conversation;
}

struct exchange exchange_open(int argc, char *argv[])
{
    uint32_t port = bench_number(argc, argv, 1, "PORT");
    struct exchange exchange = {
        .count = bench_number(argc, argv, 2, "CONNECTIONS"),
        .rounds = bench_number(argc, argv, 3, "ROUNDS"),
    };
    bench_limit_time();
    bench_allow_descriptors(exchange.count);
    exchange.conversations = bench_allocate(exchange.count, sizeof *exchange.conversations);
    for (uint32_t i = 0; i < exchange.count; i++)
        exchange.conversations[i] = open_conversation(port, i + 1, exchange.rounds);
    return exchange;
}

void exchange_check(struct conversation *conversation, uint64_t answer)
{
    uint64_t question = exchange_question(conversation->number, conversation->answered);
    if (answer != exchange_answer(question))
        bench_fail("connection %u: a wrong answer to question %u", conversation->number,
                   conversation->answered);
    conversation->answered++;
}

void *exchange_converse(void *argument)
{
    struct conversation *conversation = argument;
    while (conversation->answered < conversation->rounds) {
        uint64_t question = exchange_question(conversation->number, conversation->answered);
        if (send(conversation->fd, &question, sizeof question, MSG_NOSIGNAL) != sizeof question)
            bench_fail("connection %u: send: %s", conversation->number, strerror(errno));
        exchange_check(conversation, receive_answer(conversation));
    }
    return NULL;
}

void exchange_close(struct exchange *exchange, struct usage used)
{
    for (uint32_t i = 0; i < exchange->count; i++) {
        struct conversation *conversation = &exchange->conversations[i];
        if (conversation->answered != exchange->rounds)
            bench_fail("connection %u: %u of %u questions were answered", conversation->number,
                       conversation->answered, exchange->rounds);
        close(conversation->fd);
    }
    free(exchange->conversations);
    usage_print(used, (uint64_t)exchange->count * exchange->rounds);
}
