/* many_timeouts: twenty tasks, each with a receive timeout of its own; none may end another's. */
#include "facts.h"
#include "peer_client.h"

#include <greq/greq.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TASKS = 20 };

static void *receive(void *item)
{
    int index = (int)(intptr_t)item;
    int ms = index % 2 ? 60 + 10 * index : 60 + 10 * (TASKS - index);
    struct timeval timeout = {.tv_usec = ms * 1000};
    int fd = peer_open("wait 60000");
    must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout), "SO_RCVTIMEO");
    char byte;
    struct start start = start_now();
    bool right = recv(fd, &byte, 1, 0) == -1 && took(start, ms / 1e3);
    close(fd);
    return (void *)(intptr_t)right;
}

int main(void)
{
    void *items[TASKS], *results[TASKS];
    for (int i = 0; i < TASKS; i++)
        items[i] = (void *)(intptr_t)i;
    greq_map(receive, items, results, TASKS, 0);
    for (int i = 0; i < TASKS; i++)
        fact("%d: %d", i, (int)(intptr_t)results[i]);
}
