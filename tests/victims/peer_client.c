#include "peer_client.h"

#include "facts.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int connect_loopback(int fd, int port)
{
    struct sockaddr_in address = loopback(port);
    return connect(fd, (struct sockaddr *)&address, sizeof address);
}

int listen_loopback(int *port, int backlog)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    must(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
    must(listen(fd, backlog), "listen");
    must(getsockname(fd, (struct sockaddr *)&address, &size), "getsockname");
    *port = ntohs(address.sin_port);
    return fd;
}

int peer_open(const char *script, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, script);
    int size = vsnprintf(line, sizeof line - 1, script, arguments);
    va_end(arguments);
    line[size++] = '\n';

    const char *port = getenv("PEER_PORT");
    must(port ? 0 : -1, "PEER_PORT");
    int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    must(connect_loopback(fd, atoi(port)), "connect to the peer");
    must(send(fd, line, (size_t)size, 0) == size ? 0 : -1, "send to the peer");
    return fd;
}

int peer_full(int wait_ms)
{
    return peer_open("full %d", wait_ms);
}

int peer_full_port(int peer)
{
    char port[16] = "";
    must((int)recv(peer, port, sizeof port - 1, 0), "the port of a full listener");
    return atoi(port);
}

void peer_full_begin(int peer)
{
    must((int)send(peer, "!", 1, 0), "send to the peer");
}
