#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "connection.h"

#define BACKLOG 4096

/* Few, as timers are: each may cost a handshake's computation, and accept has to have its turn. */
#define EVENTS_PER_TURN 64

/* How long a client may take to end the connection after the server did. */
#define DRAIN_TIMEOUT (2 * NS_PER_SECOND)

/* A connection as the loop sees it. */
struct client {
    enum source source; /* SOURCE_CLIENT */
    uint32_t interest;  /* the events that epoll has for it */
    enum connection_need need;
    struct timer timer;
    struct connection *connection;
    struct client *next;
    struct client **link; /* what points to this one */
};

static struct client *client_of_timer(struct timer *timer)
{
    return (struct client *)(void *)((char *)timer - offsetof(struct client, timer));
}

static int watch(struct server *server, int fd, uint32_t events, void *source)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    return epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event);
}

int server_init(struct server *server, int64_t handshake_delay, int64_t idle_timeout)
{
    sigset_t ends;
    *server = (struct server){
        .signals = SOURCE_SIGNALS,
        .epoll = -1,
        .signal_fd = -1,
        .handshake_delay = handshake_delay,
        .idle_timeout = idle_timeout,
    };
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    server->signal_fd = signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC);
    if (server->epoll < 0 || server->signal_fd < 0)
        return -1;
    return watch(server, server->signal_fd, EPOLLIN, &server->signals);
}

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool parse_address(const char *text, int port, union address *address)
{
    *address = (union address){0};
    if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons((uint16_t)port);
    } else if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons((uint16_t)port);
    } else {
        errno = EINVAL;
        return false;
    }
    return true;
}

static int bind_and_listen(int fd, const union address *address)
{
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, &address->any, sizeof *address) != 0)
        return -1;
    return listen(fd, BACKLOG);
}

/* Both families keep the port at the same place. */
static int bound_port(int fd)
{
    union address address;
    socklen_t size = sizeof address;
    if (getsockname(fd, &address.any, &size) != 0)
        return -1;
    return ntohs(address.v4.sin_port);
}

int server_listen(struct server *server, const char *name, const char *address, int port,
                  SSL_CTX *context)
{
    struct listener *listener = &server->listeners[server->listener_count];
    union address bound;
    if (!parse_address(address, port, &bound))
        return -1;
    *listener = (struct listener){.source = SOURCE_LISTENER, .name = name, .context = context};
    listener->fd = socket(bound.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener->fd < 0)
        return -1;
    server->listener_count++; /* from here on server_finish() closes it */
    if (bind_and_listen(listener->fd, &bound) != 0)
        return -1;
    listener->port = bound_port(listener->fd);
    /* Edge-triggered: when descriptors have run out, waiting connections must not wake us up again
     * and again. Each turn tries to accept anyway. */
    return listener->port < 0 ? -1 : watch(server, listener->fd, EPOLLIN | EPOLLET, listener);
}

static void client_link(struct server *server, struct client *client)
{
    client->next = server->clients;
    client->link = &server->clients;
    if (client->next)
        client->next->link = &client->next;
    server->clients = client;
    server->client_count++;
}

static void client_destroy(struct server *server, struct client *client)
{
    timers_cancel(&server->timers, &client->timer);
    *client->link = client->next;
    if (client->next)
        client->next->link = client->link;
    server->client_count--;
    connection_destroy(client->connection);
    free(client);
}

/* Errors and hang-ups are always reported, whatever the interest. */
static uint32_t interest_of(enum connection_need need)
{
    switch (need) {
    case NEED_READ:
        return EPOLLIN;
    case NEED_WRITE:
        return EPOLLOUT;
    case NEED_TIME:
    case NEED_NOTHING:
        return EPOLLRDHUP;
    default:
        return 0;
    }
}

static void set_interest(struct server *server, struct client *client, uint32_t interest)
{
    struct epoll_event event = {.events = interest, .data.ptr = client};
    if (client->interest == interest)
        return;
    client->interest = interest;
    epoll_ctl(server->epoll, EPOLL_CTL_MOD, client->connection->transport.fd, &event);
}

static int64_t idle_timeout(const struct server *server, const struct client *client)
{
    bool drains = client->connection->state == CONNECTION_DRAINS;
    return drains && server->idle_timeout > DRAIN_TIMEOUT ? DRAIN_TIMEOUT : server->idle_timeout;
}

static void set_timer(struct server *server, struct client *client)
{
    switch (client->need) {
    case NEED_READ:
    case NEED_WRITE:
        timers_set(&server->timers, &client->timer, clock_now() + idle_timeout(server, client));
        return;
    case NEED_TIME:
        timers_set(&server->timers, &client->timer, client->connection->due);
        return;
    case NEED_TURN:
        timers_set(&server->timers, &client->timer, clock_now());
        return;
    default:
        timers_cancel(&server->timers, &client->timer);
    }
}

static void client_advance(struct server *server, struct client *client)
{
    client->need = connection_advance(client->connection);
    if (client->need == NEED_CLOSE) {
        client_destroy(server, client);
        return;
    }
    set_interest(server, client, interest_of(client->need));
    set_timer(server, client);
}

static void client_event(struct server *server, struct client *client, uint32_t events)
{
    /* A client that has gone away needs no answer, as the common servers see it too: a TCP
     * half-close before the answer counts as going away. */
    if (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP))
        client_destroy(server, client);
    else
        client_advance(server, client);
}

static void client_timer(struct server *server, struct client *client)
{
    if (client->need == NEED_TIME || client->need == NEED_TURN)
        client_advance(server, client);
    else
        client_destroy(server, client); /* idle for too long */
}

/* A slow client's data waits in our hands rather than in megabytes of socket buffer, where it would
 * be idle for as long as a third of them takes. */
static void set_socket_options(int fd)
{
    int on = 1, unsent = 128 * 1024;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
}

static void client_create(struct server *server, int fd, SSL_CTX *context)
{
    set_socket_options(fd);
    struct connection *connection = connection_create(fd, context, server->handshake_delay);
    struct client *client = malloc(sizeof *client);
    if (!connection || !client || !timers_reserve(&server->timers, server->client_count + 1)) {
        connection_destroy(connection);
        free(client);
        return;
    }
    *client = (struct client){.source = SOURCE_CLIENT, .connection = connection};
    client_link(server, client);
    if (watch(server, fd, 0, client) != 0)
        client_destroy(server, client);
    else
        client_advance(server, client);
}

/* Whether accept is to be tried again at once: this one failed for its own reasons. */
static bool accept_goes_on(int error)
{
    return error == EINTR || error == ECONNABORTED || error == EPROTO;
}

static void accept_all(struct server *server, const struct listener *listener)
{
    for (;;) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            client_create(server, fd, listener->context);
        else if (!accept_goes_on(errno))
            return;
    }
}

/* False when the server is to end. */
static bool handle_event(struct server *server, const struct epoll_event *event)
{
    switch (*(enum source *)event->data.ptr) {
    case SOURCE_CLIENT:
        client_event(server, event->data.ptr, event->events);
        return true;
    case SOURCE_LISTENER:
        return true; /* it woke us up; each turn accepts */
    case SOURCE_SIGNALS:
    default:
        return false;
    }
}

static void handle_timers(struct server *server)
{
    int64_t now = clock_now();
    for (int i = 0; i < EVENTS_PER_TURN; i++) {
        struct timer *timer = timers_pop(&server->timers, now);
        if (!timer)
            return;
        client_timer(server, client_of_timer(timer));
    }
}

int server_run(struct server *server)
{
    struct epoll_event events[EVENTS_PER_TURN];
    for (;;) {
        int count =
            epoll_wait(server->epoll, events, EVENTS_PER_TURN, timers_wait_ms(&server->timers));
        if (count < 0 && errno != EINTR)
            return -1;
        for (int i = 0; i < count; i++)
            if (!handle_event(server, &events[i]))
                return 0;
        handle_timers(server);
        for (size_t i = 0; i < server->listener_count; i++)
            accept_all(server, &server->listeners[i]);
    }
}

void server_finish(struct server *server)
{
    while (server->clients)
        client_destroy(server, server->clients);
    for (size_t i = 0; i < server->listener_count; i++)
        close(server->listeners[i].fd);
    if (server->signal_fd >= 0)
        close(server->signal_fd);
    if (server->epoll >= 0)
        close(server->epoll);
    timers_finish(&server->timers);
}
