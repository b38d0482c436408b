/* high_descriptor: tasks wait on descriptors with high numbers, far apart. */
#include "facts.h"
#include "peer_client.h"

#include <fcntl.h>
#include <greq/greq.h>
#include <poll.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static int numbers[] = {5, 700, 1023, 1024, 1500, 3000};
enum { TASKS = sizeof numbers / sizeof *numbers };

static void *receive_high(void *item)
{
    int number = *(int *)item;
    char byte = 0;
    int low = peer_open("wait 100 say a wait 20 say b eof");
    int fd = must(fcntl(low, F_DUPFD, number), "F_DUPFD");
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    close(low);
    bool right = fd >= number && poll(&watched, 1, 2000) == 1 && recv(fd, &byte, 1, 0) == 1 &&
                 byte == 'a' && read(fd, &byte, 1) == 1 && byte == 'b';
    close(fd);
    return (void *)(intptr_t)right;
}

int main(void)
{
    void *items[TASKS], *results[TASKS];
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
    must(setrlimit(RLIMIT_NOFILE, &limit), "RLIMIT_NOFILE");
    for (int i = 0; i < TASKS; i++)
        items[i] = &numbers[i];
    greq_map(receive_high, items, results, TASKS, 0);
    for (int i = 0; i < TASKS; i++)
        fact("from %d up: %d", numbers[i], results[i] != NULL);
}
