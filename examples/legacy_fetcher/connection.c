#include "connection.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "dial.h"
#include "plain.h"
#include "tls.h"

static bool timed_out(const struct connection *connection, struct error *error)
{
    return error_set(error, "timed out after %g s", (double)connection->settings->timeout / 1e9);
}

bool connection_ready(struct connection *connection, struct error *error)
{
    if (connection->settings->wait != WAIT_NONE || wait_limit(connection->fd, connection->deadline))
        return true;
    return timed_out(connection, error);
}

static bool waited(struct connection *connection, int ready, struct error *error)
{
    if (ready < 0)
        return error_set(error, "%s", strerror(errno));
    return ready > 0 ? true : timed_out(connection, error);
}

bool connection_wait_readable(struct connection *connection, struct error *error)
{
    enum wait_how how = connection->settings->wait;
    /* A blocking call that gives up has done the waiting: try again, unless it is too late. */
    if (how == WAIT_NONE)
        return connection_ready(connection, error);
    return waited(connection, wait_readable(connection->fd, how, connection->deadline), error);
}

bool connection_wait_writable(struct connection *connection, struct error *error)
{
    enum wait_how how = connection->settings->wait;
    if (how == WAIT_NONE)
        return connection_ready(connection, error);
    return waited(connection, wait_writable(connection->fd, how, connection->deadline), error);
}

bool connection_open(struct connection *connection, const struct connection_settings *settings,
                     const struct url *url, struct error *error)
{
    *connection = (struct connection){
        .settings = settings,
        .deadline = clock_now() + settings->timeout,
    };
    connection->fd = dial(url, settings->wait, connection->deadline, error);
    if (connection->fd < 0)
        return false;
    return !url->tls || tls_start(connection, url->host, error);
}

bool connection_write(struct connection *connection, const char *from, size_t size,
                      struct error *error)
{
    return connection->ssl ? tls_write(connection, from, size, error)
                           : plain_write(connection, from, size, error);
}

ssize_t connection_read(struct connection *connection, char *to, size_t size, struct error *error)
{
    return connection->ssl ? tls_read(connection, to, size, error)
                           : plain_read(connection, to, size, error);
}

void connection_close(struct connection *connection, bool goodbye)
{
    tls_finish(connection, goodbye);
    if (connection->fd >= 0)
        close(connection->fd);
    connection->fd = -1;
}
