/* errno_kept: errno is a task's own over its waits, and a call that succeeds leaves it alone. */
#include "facts.h"
#include "peer_client.h"

#include <errno.h>
#include <greq/greq.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TASKS = 10, ROUNDS = 5 };

/* Waits of different kinds, all of which succeed. */
static void wait_somehow(int index, int round)
{
    char byte;
    struct pollfd watched = {.fd = peer_open("wait %d say a eof", 2 + (index * 7 + round) % 5),
                             .events = POLLIN};
    errno = 1000 + index;
    switch ((index + round) % 3) {
    case 0:
        usleep(1000u * (unsigned)(1 + (index * 3 + round) % 7));
        break;
    case 1:
        poll(&watched, 1, -1);
        break;
    default:
        recv(watched.fd, &byte, 1, 0);
    }
    int kept = errno;
    close(watched.fd);
    errno = kept;
}

static void *keep(void *item)
{
    int index = (int)(intptr_t)item, right = 0;
    for (int round = 0; round < ROUNDS; round++) {
        wait_somehow(index, round);
        right += errno == 1000 + index;
        greq_yield();
        right += errno == 1000 + index;
    }
    char byte;
    (void)!recv(-1, &byte, 1, 0);
    usleep(1000);
    right += errno == EBADF;
    return (void *)(intptr_t)right;
}

int main(void)
{
    void *items[TASKS], *results[TASKS];
    for (int i = 0; i < TASKS; i++)
        items[i] = (void *)(intptr_t)i;
    greq_map(keep, items, results, TASKS, 0);
    for (int i = 0; i < TASKS; i++)
        fact("task %d: %d of %d", i, (int)(intptr_t)results[i], 2 * ROUNDS + 1);
}
