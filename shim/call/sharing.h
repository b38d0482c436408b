/*
 * sharing.h: finds two tasks of one thread in one connection: they would never have met there if
 * calls did not leave the thread to others.
 *
 * Found are two that wait to receive, and one that reads while another waits for the answer to its
 * own request. A task that only writes beside a reader is none of them; nor is one that only looks
 * whether something has come (poll), if it has not just sent a request itself. Each connection is
 * reported once, to whoever listens (log/log.h).
 *
 * Only while there is a log. Not from signal handlers, which no task is parked in.
 */
#ifndef CALL_SHARING_H
#define CALL_SHARING_H

#include "call/call.h"

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

/* One wait, from its begin to its end. */
struct sharing {
    uint32_t number; /* 0: it is not followed */
    uint64_t stamp;
};

/* A call, which is in the log, is about to park its task until `set` is ready; has parked it. */
void sharing_begin(struct sharing *sharing, struct call *call, const struct pollfd *set,
                   size_t count);
void sharing_end(const struct sharing *sharing, struct call *call);

/* A call that is in the log leaves with `result`. */
void sharing_moved(struct call *call, int64_t result);

/* These descriptors are about to be closed: their numbers are other files' next. From anywhere. */
void sharing_closing(unsigned first, unsigned last);

/* Forgets all, in a forked child. */
void sharing_reset(void);

#endif
