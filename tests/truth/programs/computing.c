/* A server with a loop of epoll that computes for each request: 50 ms by its own clock of the CPU.
 * It ends when all clients have gone, and tells when it computed, and for which byte. Usage:
 * computing CLIENTS [lines: writes a line every 2 ms].
 */
#include "client.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define COMPUTE_S 0.05

enum { ANSWERS_MAX = 16 };

static int epoll, clients_left, lines = -1;
static struct {
    char client;
    double begin, end, cpu;
} answers[ANSWERS_MAX];
static int answered;

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

static void serve(int fd)
{
    char request;
    if (must((int)read(fd, &request, 1), "read") == 0) {
        close(fd);
        clients_left--;
        return;
    }
    must(answered < ANSWERS_MAX ? 0 : -1, "too many requests");
    answers[answered].client = request;
    answers[answered].begin = now_s();
    answers[answered].cpu = compute(COMPUTE_S, lines);
    answers[answered++].end = now_s();
    must((int)write(fd, &request, 1), "write");
}

int main(int argc, char **argv)
{
    clients_left = argc > 1 ? atoi(argv[1]) : 1;
    lines = argc > 2 ? must(open("/dev/null", O_WRONLY), "open") : -1;
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
    for (int i = 0; i < answered; i++)
        fact("computed for %c from %.6f to %.6f: %.6f", answers[i].client, answers[i].begin,
             answers[i].end, answers[i].cpu);
}
