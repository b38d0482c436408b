/*
 * server.c: answers each question of exchange.h, at once or after a fixed delay.
 *
 *     server CONNECTIONS [DELAY_MS]
 *
 * It takes up to CONNECTIONS of them on a free port of the loopback interface, which it prints as
 * "port=N". It ends when its standard input does, so that it cannot outlive who started it.
 *
 * All delays being equal, answers fall due in the order of their questions: a queue does, no heap.
 */
#define _GNU_SOURCE
#include "exchange.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 256 };

/* A connection. It asks one question at a time, so that it can be its own entry of the queue. */
struct peer {
    int fd; /* -1: closed while it was in the queue */
    bool queued;
    size_t have; /* bytes of the question received */
    uint64_t question;
    uint64_t due_ns;
    struct peer *next; /* in the queue */
};

struct server {
    int epoll;
    int listener;
    uint64_t delay_ns;
    struct peer *first; /* the queue: those who wait for an answer */
    struct peer *last;
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* `source` is what an event will name: a peer, or the address of a descriptor in the server. */
static void watch(struct server *server, int fd, void *source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};
    if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        bench_fail("epoll_ctl: %s", strerror(errno));
}

static void peer_close(struct peer *peer)
{
    close(peer->fd);
    peer->fd = -1;
    if (!peer->queued)
        free(peer);
}

/* Whoever does not take its answer, 8 bytes into an empty buffer, is gone. */
static void peer_answer(struct peer *peer)
{
    uint64_t answer = exchange_answer(peer->question);
    peer->have = 0;
    if (send(peer->fd, &answer, sizeof answer, MSG_NOSIGNAL) != sizeof answer)
        peer_close(peer);
}

static void peer_accept(struct server *server)
{
    int fd;
    while ((fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct peer *peer = bench_allocate(1, sizeof *peer);
        peer->fd = fd;
        watch(server, fd, peer);
        peer_answer(peer);
    }
    if (errno != EAGAIN && errno != ECONNABORTED)
        bench_fail("accept4: %s", strerror(errno));
}

static void queue_push(struct server *server, struct peer *peer)
{
    peer->due_ns = now_ns() + server->delay_ns;
    peer->queued = true;
    peer->next = NULL;
    if (server->first)
        server->last->next = peer;
    else
        server->first = peer;
    server->last = peer;
}

static void queue_answer_due(struct server *server)
{
    while (server->first && server->first->due_ns <= now_ns()) {
        struct peer *peer = server->first;
        server->first = peer->next;
        peer->queued = false;
        if (peer->fd >= 0)
            peer_answer(peer);
        else
            free(peer);
    }
}

/* How long epoll_wait may sleep: -1, or whole milliseconds, rounded up so as not to spin. */
static int queue_timeout(const struct server *server)
{
    if (!server->first)
        return -1;
    uint64_t now = now_ns();
    uint64_t due = server->first->due_ns;
    return due > now ? (int)((due - now + 999999) / 1000000) : 0;
}

static void peer_receive(struct server *server, struct peer *peer)
{
    size_t missing = sizeof peer->question - peer->have;
    if (missing == 0)
        return peer_close(peer); /* it hung up, or asked again instead of waiting */
    ssize_t got = recv(peer->fd, (char *)&peer->question + peer->have, missing, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0)
        return peer_close(peer);
    peer->have += (size_t)got;
    if (peer->have < sizeof peer->question)
        return;
    if (server->delay_ns)
        queue_push(server, peer);
    else
        peer_answer(peer);
}

static void serve(struct server *server)
{
    static int input = STDIN_FILENO;
    struct epoll_event events[EVENTS_AT_ONCE];
    watch(server, server->listener, &server->listener);
    watch(server, input, &input);
    for (;;) {
        int count = epoll_wait(server->epoll, events, EVENTS_AT_ONCE, queue_timeout(server));
        if (count < 0 && errno != EINTR)
            bench_fail("epoll_wait: %s", strerror(errno));
        for (int i = 0; i < count; i++) {
            void *source = events[i].data.ptr;
            if (source == &input)
                return;
            if (source == &server->listener)
                peer_accept(server);
            else
                peer_receive(server, source);
        }
        queue_answer_due(server);
    }
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        bench_fail("listening: %s", strerror(errno));
    printf("port=%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(int argc, char *argv[])
{
    struct server server = {.epoll = epoll_create1(EPOLL_CLOEXEC)};
    if (server.epoll < 0)
        bench_fail("epoll_create1: %s", strerror(errno));
    bench_allow_descriptors(bench_number(argc, argv, 1, "CONNECTIONS"));
    if (argc > 2)
        server.delay_ns = (uint64_t)bench_number(argc, argv, 2, "DELAY_MS") * 1000000;
    server.listener = listen_somewhere();
    serve(&server);
}
