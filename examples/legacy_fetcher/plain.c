#include "plain.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static bool would_block(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

bool plain_write(struct connection *connection, const char *from, size_t size, struct error *error)
{
    while (size > 0) {
        if (!connection_ready(connection, error))
            return false;
        ssize_t sent = send(connection->fd, from, size, MSG_NOSIGNAL);
        if (sent < 0 && !would_block(errno))
            return error_set(error, "%s", strerror(errno));
        if (sent < 0 && !connection_wait_writable(connection, error))
            return false;
        if (sent > 0) {
            from += sent;
            size -= (size_t)sent;
        }
    }
    return true;
}

ssize_t plain_read(struct connection *connection, char *to, size_t size, struct error *error)
{
    for (;;) {
        if (!connection_ready(connection, error))
            return -1;
        ssize_t got = recv(connection->fd, to, size, 0);
        if (got >= 0)
            return got;
        if (!would_block(errno)) {
            error_set(error, "%s", strerror(errno));
            return -1;
        }
        if (!connection_wait_readable(connection, error))
            return -1;
    }
}
