/*
 * socket_send.h: sending on a socket, parked while it is full.
 *
 * A blocking send on a stream returns when everything is sent: so each attempt sends what fits, and
 * the task is parked for the rest. What is not a socket gets ENOTSOCK.
 */
#ifndef CALL_SOCKET_SEND_H
#define CALL_SOCKET_SEND_H

#include "call/call.h"

#include <sys/socket.h>
#include <sys/types.h>

/* As sendmsg(2) and sendto(2). */
ssize_t socket_sendmsg(struct call *call, int fd, const struct msghdr *message, int flags);
ssize_t socket_send(struct call *call, int fd, const void *buffer, size_t size, int flags,
                    const struct sockaddr *to, socklen_t to_size);

#endif
