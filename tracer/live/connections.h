/*
 * connections.h: what the kernel says of the TCP connections of a running process: which of them
 * wait for an answer, and which have something for the process to do.
 */
#ifndef LIVE_CONNECTIONS_H
#define LIVE_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Some connections, and since when the one that has been so for longest. */
struct connections_so {
    size_t count;
    double longest_s;
};

struct live_connections {
    bool are_known; /* else they are in another network namespace, or cannot be read */
    size_t open;
    struct connections_so in_flight; /* opened by the process; the last data went out */
    struct connections_so asked;     /* accepted; the last data came in */
    struct connections_so unread;    /* data have come that were not read */
};

void live_connections_read(struct live_connections *connections, pid_t process);

#endif
