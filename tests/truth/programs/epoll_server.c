/* A server with a loop of epoll that answers at once, but for one request, over which it sleeps.
 * It ends when all clients have gone. Usage: epoll_server CLIENTS. */
#include "client.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int epoll, clients_left;

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

static void handle(char request)
{
    if (request != 's')
        return;
    TRUTH_BLAME("usleep");
    usleep(300000);
}

static void serve(int fd)
{
    char request;
    if (must((int)recv(fd, &request, 1, 0), "recv") == 0) {
        close(fd);
        clients_left--;
        return;
    }
    handle(request);
    must((int)send(fd, &request, 1, 0), "send");
}

int main(int argc, char **argv)
{
    clients_left = argc > 1 ? atoi(argv[1]) : 1;
    epoll = must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    int listener = truth_listen(64);
    watch(listener);
    while (clients_left) {
        struct epoll_event event;
        must(epoll_wait(epoll, &event, 1, 10000) == 1 ? 0 : -1, "epoll_wait");
        if (event.data.fd == listener)
            watch(must(accept(listener, NULL, NULL), "accept"));
        else
            serve(event.data.fd);
    }
}
