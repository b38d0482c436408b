#include "dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

static struct addrinfo *resolve(const struct url *url, struct error *error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *addresses = NULL;
    int failed = getaddrinfo(url->host, url->port, &hints, &addresses);
    if (failed)
        error_set(error, "cannot resolve %.128s (%s)", url->host,
                  failed == EAI_SYSTEM ? strerror(errno) : gai_strerror(failed));
    return failed ? NULL : addresses;
}

/* connect() on a blocking socket. 0 or an errno value. */
static int connect_blocking(int fd, const struct addrinfo *address, int64_t deadline)
{
    int failed;
    if (!wait_limit(fd, deadline))
        return ETIMEDOUT;
    do
        failed = connect(fd, address->ai_addr, address->ai_addrlen);
    while (failed && errno == EINTR);
    if (failed && errno == EINPROGRESS)
        return ETIMEDOUT;
    return failed ? errno : 0;
}

/* connect() on a non-blocking socket. 0 or an errno value. */
static int connect_waiting(int fd, const struct addrinfo *address, enum wait_how how,
                           int64_t deadline)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    int ready = wait_writable(fd, how, deadline);
    if (ready == 0)
        return ETIMEDOUT;
    if (ready < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return errno;
    return error;
}

static bool connect_socket(int fd, const struct addrinfo *address, enum wait_how how,
                           int64_t deadline, struct error *error)
{
    int on = 1;
    if (!wait_possible(fd, how))
        return error_set(error,
                         "descriptor %d is too large for select(); use --wait poll or --limit", fd);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int failed = how == WAIT_NONE ? connect_blocking(fd, address, deadline)
                                  : connect_waiting(fd, address, how, deadline);
    return failed ? error_set(error, "%s", strerror(failed)) : true;
}

/* Returns a connected socket, or -1 with an error. */
static int try_address(const struct addrinfo *address, enum wait_how how, int64_t deadline,
                       struct error *error)
{
    int type = address->ai_socktype | SOCK_CLOEXEC | (how == WAIT_NONE ? 0 : SOCK_NONBLOCK);
    int fd = socket(address->ai_family, type, address->ai_protocol);
    if (fd < 0) {
        error_set(error, "%s", strerror(errno));
        return -1;
    }
    if (connect_socket(fd, address, how, deadline, error))
        return fd;
    close(fd);
    return -1;
}

static int count_from(const struct addrinfo *address)
{
    int count = 0;
    for (; address; address = address->ai_next)
        count++;
    return count;
}

int dial(const struct url *url, enum wait_how how, int64_t deadline, struct error *error)
{
    struct error why;
    struct addrinfo *addresses = resolve(url, error);
    int fd = -1;
    if (!addresses)
        return -1;
    for (struct addrinfo *address = addresses; address && fd < 0; address = address->ai_next) {
        /* An address that does not answer leaves the others their share of the time. */
        int64_t now = clock_now();
        fd = try_address(address, how, now + (deadline - now) / count_from(address), &why);
    }
    freeaddrinfo(addresses);
    if (fd < 0)
        error_set(error, "cannot connect to %.100s port %s (%.100s)", url->host, url->port,
                  why.text);
    return fd;
}
