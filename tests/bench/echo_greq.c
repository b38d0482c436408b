/*
 * echo_greq.c: two tasks of one thread send each other a byte over a pair of sockets, so that each
 * recv parks and is woken by a look at descriptors.
 *
 *     LD_PRELOAD=libgreq.so echo_greq TURNS
 */
#include "tasks.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

struct side {
    int fd;
    uint32_t turns;
};

static void *send_and_receive(void *argument)
{
    const struct side *side = argument;
    char byte = 'x';
    for (uint32_t i = 0; i < side->turns; i++)
        if (send(side->fd, &byte, 1, MSG_NOSIGNAL) != 1 || recv(side->fd, &byte, 1, 0) != 1)
            bench_fail("send or recv: %s", strerror(errno));
    return NULL;
}

int main(int argc, char *argv[])
{
    int ends[2];
    tasks_require();
    uint32_t turns = bench_number(argc, argv, 1, "TURNS");
    bench_limit_time();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        bench_fail("socketpair: %s", strerror(errno));
    struct side sides[] = {{ends[0], turns}, {ends[1], turns}};
    struct usage start = usage_now();
    greq_task *one = greq_spawn(send_and_receive, &sides[0]);
    greq_task *other = greq_spawn(send_and_receive, &sides[1]);
    if (!one || !other || greq_join(one, NULL) != 0 || greq_join(other, NULL) != 0)
        bench_fail("greq_spawn or greq_join failed");
    usage_print(usage_since(start), 2 * (uint64_t)turns);
}
