/* connect_outcomes: what connect says, to TCP and Unix listeners that are there or not. */
#include "company.h"
#include "facts.h"
#include "peer_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int refusing_port(void)
{
    int port;
    close(listen_loopback(&port, 1));
    return port;
}

static void over_tcp(void)
{
    int port, listener = listen_loopback(&port, 4), fd = must(socket(AF_INET, SOCK_STREAM, 0), "");
    fact("connect %s", outcome(connect_loopback(fd, port)));
    fact("again %s", outcome(connect_loopback(fd, port)));
    close(fd);
    close(listener);

    fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    fact("refused %s", outcome(connect_loopback(fd, refusing_port())));
    close(fd);
    fact("closed %s", outcome(connect_loopback(fd, port)));
    fact("no socket %s", outcome(connect_loopback(STDOUT_FILENO, port)));
}

static int socket_error(int fd)
{
    int error = 0;
    socklen_t size = sizeof error;
    must(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), "SO_ERROR");
    return error;
}

static void without_waiting(void)
{
    int port, listener = listen_loopback(&port, 4);
    int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    struct pollfd writable = {.fd = fd, .events = POLLOUT};
    fact("started %s", outcome(connect_loopback(fd, port)));
    fact("poll %s", outcome(poll(&writable, 1, 1000)));
    fact("ended %s", error_name(socket_error(fd)));
    close(fd);

    fd = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    fact("started %s", outcome(connect_loopback(fd, refusing_port())));
    writable.fd = fd;
    fact("poll %s", outcome(poll(&writable, 1, 1000)));
    fact("ended %s", error_name(socket_error(fd)));
    close(fd);
    close(listener);
}

static socklen_t abstract_name(struct sockaddr_un *address, const char *name)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int size =
        snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "greq-%d-%s", getpid(), name);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)size);
}

static void over_unix(void)
{
    struct sockaddr_un address;
    socklen_t size = abstract_name(&address, "nobody");
    int fd = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    fact("unix, nobody %s", outcome(connect(fd, (struct sockaddr *)&address, size)));
    size = abstract_name(&address, "listener");
    int listener = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    must(bind(listener, (struct sockaddr *)&address, size), "bind");
    fact("unix, not listening %s", outcome(connect(fd, (struct sockaddr *)&address, size)));
    must(listen(listener, 4), "listen");
    fact("unix %s", outcome(connect(fd, (struct sockaddr *)&address, size)));
    fact("unix, again %s", outcome(connect(fd, (struct sockaddr *)&address, size)));
    fact("still blocking: %d", !(fcntl(fd, F_GETFL) & O_NONBLOCK));
    close(fd);
    close(listener);

    address = (struct sockaddr_un){.sun_family = AF_UNIX, .sun_path = "/no/such/socket"};
    fd = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    fact("unix, no path %s", outcome(connect(fd, (struct sockaddr *)&address, sizeof address)));
    close(fd);
}

static void scene(void)
{
    over_tcp();
    without_waiting();
    over_unix();
}

int main(void)
{
    play(scene);
}
