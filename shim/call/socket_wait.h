/*
 * socket_wait.h: parking in the middle of a call on one descriptor, by the descriptor's own rules.
 */
#ifndef CALL_SOCKET_WAIT_H
#define CALL_SOCKET_WAIT_H

#include "call/call.h"

#include <stdbool.h>
#include <stdint.h>

enum wait_outcome {
    WAIT_AGAIN,   /* try again without blocking */
    WAIT_FAILED,  /* the call fails, with errno set */
    WAIT_REALLY,  /* parking cannot be had: make the real, blocking call */
    WAIT_UNASKED, /* there was no wait: try first */
};

/* One call's waits, which share a timeout. Starts zeroed. */
struct socket_wait {
    bool known;        /* the two below are */
    bool has_timeout;  /* SO_RCVTIMEO or SO_SNDTIMEO */
    bool has_errors;   /* and no more: see socket_wait.c */
    unsigned count;    /* of waits so far */
    uint64_t deadline; /* ns */
};

/* Whether a call that was made not to block would have. */
static inline bool would_block(ssize_t result)
{
    return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* Whether the program has made it so. */
bool descriptor_is_nonblocking(int fd);

/*
 * After an attempt on a socket gave EAGAIN: parks until it may succeed. `events` is POLLIN or
 * POLLOUT, and says which of the socket's timeouts holds.
 *
 * WAIT_FAILED with errno EAGAIN: the program's own O_NONBLOCK, or the timeout; EINTR; EBADF.
 */
enum wait_outcome socket_wait(struct call *call, int fd, short events, struct socket_wait *wait);

/*
 * A protocol of questions and answers: who has sent something and wants to read waits before he
 * tries, if that can do no harm (task/task.h). The hooks that send and receive note what they did.
 */
void socket_note_asked(const struct call *call, int fd, bool asked);

/* Before an attempt: as socket_wait, where the socket is asked; then nothing is asked any more. */
enum wait_outcome socket_wait_for_answer(struct call *call, int fd);

/*
 * For what cannot be told not to block: parks until poll(2) finds the descriptor ready, so that the
 * real call does not. WAIT_AGAIN: make it now; also where O_NONBLOCK is the program's own. Fails as
 * socket_wait does.
 */
enum wait_outcome file_wait(struct call *call, int fd, short events);

#endif
