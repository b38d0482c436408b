/* A server of three clients that reads one request of each before it answers any. Usage: read_ahead
 * blocked: it sleeps 200 ms over each of the first two; waiting: it waits that long for any of them
 * to go on, and answers all. */
#include "client.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 3, WORK_MS = 200 };

static void work(int others)
{
    double begun = now_s();
    TRUTH_BLAME("usleep");
    usleep(WORK_MS * 1000);
    truth_held(now_s() - begun, others);
}

static void answer(int fd)
{
    must((int)send(fd, "a", 1, 0), "send");
}

int main(int argc, char **argv)
{
    char request;
    struct pollfd clients[CLIENTS];
    bool blocked = argc > 1 && !strcmp(argv[1], "blocked");
    int listener = truth_listen(CLIENTS);
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = (struct pollfd){must(accept(listener, NULL, NULL), "accept"), POLLIN, 0};
    for (int i = 0; i < CLIENTS; i++)
        must((int)recv(clients[i].fd, &request, 1, 0), "recv");
    if (!blocked)
        must(poll(clients, CLIENTS, WORK_MS), "poll");
    for (int i = 0; i < CLIENTS; i++) {
        if (blocked && i < CLIENTS - 1)
            work(CLIENTS - 1 - i);
        answer(clients[i].fd);
    }
    truth_tell();
}
