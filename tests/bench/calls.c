/*
 * calls.c: a program that knows nothing of greq and never waits: send and recv over a pair of
 * sockets, COUNT times each. Run with and without the shim, it shows what a hook costs.
 *
 *     calls COUNT
 */
#include "bench.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static void send_and_receive(const int ends[2], uint64_t number)
{
    uint64_t received = 0;
    if (send(ends[0], &number, sizeof number, MSG_NOSIGNAL) != sizeof number)
        bench_fail("send: %s", strerror(errno));
    if (recv(ends[1], &received, sizeof received, 0) != sizeof received || received != number)
        bench_fail("recv: message %ju came as %ju", (uintmax_t)number, (uintmax_t)received);
}

int main(int argc, char *argv[])
{
    int ends[2];
    uint32_t count = bench_number(argc, argv, 1, "COUNT");
    bench_limit_time();
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        bench_fail("socketpair: %s", strerror(errno));
    struct usage start = usage_now();
    for (uint32_t i = 1; i <= count; i++)
        send_and_receive(ends, i);
    struct usage used = usage_since(start);
    usage_print(used, (uint64_t)count * 2);
}
