/*
 * park.h: places to wait at, and what the memory of those who wait there is.
 *
 * A place is a datagram socket on the loopback interface: recv() on it blocks until the place is
 * woken, and it takes one descriptor, where a pair of sockets would take two.
 */
#ifndef PARK_H
#define PARK_H

#include "bench.h"

#include <netinet/in.h>
#include <stdatomic.h>

struct park_place {
    struct park *park;
    int fd;
    struct sockaddr_in address;
};

struct park {
    uint32_t count;
    atomic_uint arrived;
    atomic_uint woken;
    struct park_place *places; /* [count] */
    struct memory before;      /* of the process, with nobody waiting */
    struct memory used;        /* by those who wait, after park_wake */
};

/* Reads the argument COUNT. `park` stays where it is until park_close. */
void park_open(struct park *park, int argc, char *argv[]);

/* Waits at a place (struct park_place *): what a task or a thread runs. Returns NULL. */
void *park_wait(void *place);

/* Waits until everybody waits, looks at the memory, and wakes them all. */
void park_wake(struct park *park);

/* Checks that everybody was woken, prints the result and closes. */
void park_close(struct park *park);

#endif
