/*
 * server.h: the loop: one thread, one epoll, listeners, connections and their timers. It accepts,
 * gives each connection what it says it needs, and ends on SIGTERM or SIGINT. It prints nothing.
 */
#ifndef DELAY_SERVER_SERVER_H
#define DELAY_SERVER_SERVER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timers.h"

#define SERVER_MAX_LISTENERS 3

/* What an epoll event is about: the first member of whatever it points to. */
enum source { SOURCE_SIGNALS, SOURCE_LISTENER, SOURCE_CLIENT };

struct listener {
    enum source source;
    int fd;
    int port;         /* as bound */
    const char *name; /* for its user; borrowed */
    SSL_CTX *context; /* borrowed; NULL: plain HTTP */
};

struct server {
    enum source signals; /* SOURCE_SIGNALS */
    int epoll;
    int signal_fd;
    int64_t handshake_delay; /* ns */
    int64_t idle_timeout;    /* ns */
    struct timers timers;
    struct client *clients; /* a list */
    size_t client_count;
    size_t listener_count;
    struct listener listeners[SERVER_MAX_LISTENERS];
};

/* Blocks SIGTERM and SIGINT for good: they arrive at the loop. 0, or -1 with errno. */
int server_init(struct server *server, int64_t handshake_delay, int64_t idle_timeout);

/* Listens on `address` (numeric), `port` 0 = any. 0, or -1 with errno. */
int server_listen(struct server *server, const char *name, const char *address, int port,
                  SSL_CTX *context);

/* Serves until a signal says to end: 0; or -1 with errno. */
int server_run(struct server *server);

/* Closes everything. For a server that server_init() has seen, whatever it returned. */
void server_finish(struct server *server);

#endif
