/*
 * fd_wait.h: which tasks of a scheduler wait for which descriptors; for this folder alone. What the
 * hooks call is in task.h.
 *
 * Interest is passed to the poller only when the thread is about to look at descriptors, so a wait
 * that ends before that costs no system call. Every new wait arms its descriptor anew: what was
 * armed before may be another file, since a number changes hands in ways that no hook sees.
 */
#ifndef TASK_FD_WAIT_H
#define TASK_FD_WAIT_H

#include "sys/own_socket.h"
#include "task/fd_shared.h"
#include "task/poller.h"
#include "task/task.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One task's interest in one descriptor; on the waiting task's stack. */
struct fd_waiter {
    struct fd_waiter *next, **link; /* in the descriptor's list */
    struct task *task;
    int fd;
    uint32_t events;
    uint32_t closes; /* of the number, when the wait began */
    bool counted;    /* in fd_shared.waiting; else the registration that it relies on is counted */
    uint64_t since;  /* by fd_waits.now: not after the wait began */
};

/* A wait touches all of it: one line of the cache. */
struct fd_slot {
    _Alignas(64) struct fd_waiter *waiters;
    int32_t next_dirty;
    bool dirty; /* in the list of those to arm */
    /* fd_standing.c's own */
    bool trusted; /* in the list of those to verify */
    bool recycled;
    uint8_t ghosts;
    int32_t next_trusted;
    uint32_t epoch;         /* atomic; of the poller that it stays registered with; 0: none */
    uint32_t closes;        /* of the number, when it was registered */
    uint64_t trusted_since; /* ns */
    struct own_socket
        waits_for_ever; /* its stamp when this was found out; epoch is 0: it was not */
    bool asked;         /* something was sent, and nothing was read since */
};

/* Other threads leave the numbers of descriptors that they closed here. */
#define FD_WAIT_MAILBOX 16

struct fd_waits {
    struct fd_slot *slots; /* FD_WAIT_MAX of them, lazily backed by memory */
    int32_t first_dirty;   /* -1: none */
    int32_t first_trusted; /* -1: none */
    int32_t last_trusted;
    uint32_t epoch;              /* atomic; counts the pollers, from 1 */
    uint64_t now;                /* ns of CLOCK_MONOTONIC_COARSE, at the last look at descriptors */
    int closed[FD_WAIT_MAILBOX]; /* atomic; number plus one, 0: empty */
    bool closed_more;            /* atomic; the mailbox was full */
};

/* `waits` is zeroed, or was used before and keeps its slots. Returns false when there is no memory.
 */
bool fd_waits_init(struct fd_waits *waits);

/* Arms what became of interest since the last time. */
void fd_waits_arm(struct scheduler *scheduler);

/* A report of the poller: wakes those who wait for it. */
void fd_waits_dispatch(struct scheduler *scheduler, int fd, uint32_t events);

/* The poller is a new one: everything must be armed again. */
void fd_waits_rearm(struct scheduler *scheduler);

/* What was known of a descriptor is wrong: who waits for it looks again. */
void fd_waits_retry(struct fd_waits *waits, int fd);

/* They rely on no standing registration any more: whoever closes the number must see them by
 * themselves. */
void fd_waits_count(struct fd_slot *slot);

/* A task will not run again: its waiters go. */
void fd_waits_drop(struct task *task);

/* Wakes those whose descriptors other threads have closed. */
void fd_waits_collect_closed(struct scheduler *scheduler);

#endif
