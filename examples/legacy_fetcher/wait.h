/*
 * wait.h: the ways in which the program waits for a socket.
 */
#ifndef LEGACY_FETCHER_WAIT_H
#define LEGACY_FETCHER_WAIT_H

#include <stdbool.h>
#include <stdint.h>

enum wait_how {
    WAIT_NONE,   /* the socket blocks, and the call that reads is the one that waits */
    WAIT_SELECT, /* the socket does not block; select() waits */
    WAIT_POLL,   /* the socket does not block; poll() waits */
};

/*
 * Wait until a non-blocking socket is ready, or a deadline (ns of clock_now()) has come. `how` is
 * WAIT_SELECT or WAIT_POLL, and wait_possible() for this descriptor.
 *
 * Return 1 when it is ready, 0 at the deadline, -1 with errno.
 */
int wait_readable(int fd, enum wait_how how, int64_t deadline);
int wait_writable(int fd, enum wait_how how, int64_t deadline);

/* False for a descriptor that is too large for select(). */
bool wait_possible(int fd, enum wait_how how);

/* For WAIT_NONE: calls on the socket fail with EAGAIN (connect: EINPROGRESS) at the deadline. False
 * when it has come already. */
bool wait_limit(int fd, int64_t deadline);

#endif
