/*
 * sites.h: where a running process waits, looked at again and again: who waits in which call, from
 * which line, now and since when, and how much time that comes to while it is watched.
 */
#ifndef LIVE_SITES_H
#define LIVE_SITES_H

#include "base/error.h"
#include "live/balance.h"
#include "live/connections.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A call from one place of the program. */
struct wait_site {
    char call[48];
    char place[160];
    char what[160];   /* the descriptor of the one that waits longest, or "" */
    size_t now;       /* threads, tasks and greenlets that are in it */
    double longest_s; /* of them; negative: not known */
    bool is_least;    /* it may be longer */
    double waited_s;  /* in sum over all of them, while it was watched */
};

struct watch;

/* Begins to watch a process. Returns NULL with `error` set where it may not be read. */
struct watch *watch_open(pid_t process, struct error *error);
void watch_close(struct watch *watch);

/* Looks once. Returns false when the process has ended. */
bool watch_look(struct watch *watch);

/* What was seen last. */
struct watched {
    char program[64];
    size_t threads, running; /* running: of the threads */
    size_t tasks;            /* that are parked, and greenlets that are suspended */
    double cpu;              /* processors' worth of time since the look before; or -1 */
    double watched_s;
    struct live_connections connections;
    struct balance_sums balance; /* of the last ten looks */
    char trace[256];             /* it is recorded there, or "" */
    struct wait_site *sites;
    size_t count;
};
const struct watched *watch_last(const struct watch *watch);

#endif
