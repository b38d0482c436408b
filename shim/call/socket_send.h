/*
 * socket_send.h: sending on a socket, parked while it is full.
 *
 * A blocking send on a stream returns when everything is sent: so each attempt sends what fits, and
 * the task is parked for the rest. What is not a socket gets ENOTSOCK.
 */
#ifndef CALL_SOCKET_SEND_H
#define CALL_SOCKET_SEND_H

#include "call/call.h"
#include "call/socket_wait.h"

#include <sys/socket.h>
#include <sys/types.h>

/* As sendmsg(2) and sendto(2). */
ssize_t socket_sendmsg(struct call *call, int fd, const struct msghdr *message, int flags);
ssize_t socket_send(struct call *call, int fd, const void *buffer, size_t size, int flags,
                    const struct sockaddr *to, socklen_t to_size);

/* The same after an attempt with MSG_DONTWAIT that gave `sent`. */
ssize_t socket_send_on(struct call *call, int fd, const void *buffer, size_t size, int flags,
                       const struct sockaddr *to, socklen_t to_size, ssize_t sent);

/* Whether an attempt is the whole call: it failed for good, or everything is sent. */
static inline bool socket_send_is_final(ssize_t sent, size_t whole, int flags)
{
    return flags & MSG_DONTWAIT || (sent < 0 ? !would_block(sent) : (size_t)sent >= whole);
}

#endif
