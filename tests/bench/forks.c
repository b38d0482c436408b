/*
 * forks.c: a program that knows nothing of greq forks children, each of which writes one byte and
 * ends.
 *
 *     forks COUNT
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void fork_one(int fd)
{
    int status;
    pid_t child = fork();
    if (child < 0)
        bench_fail("fork: %s", strerror(errno));
    if (child == 0)
        _exit(write(fd, "x", 1) == 1 ? 0 : 1);
    if (waitpid(child, &status, 0) != child || status != 0)
        bench_fail("a child failed");
}

int main(int argc, char *argv[])
{
    uint32_t count = bench_number(argc, argv, 1, "COUNT");
    bench_limit_time();
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct usage start = usage_now();
    for (uint32_t i = 0; i < count; i++)
        fork_one(fd);
    usage_print(usage_since(start), count);
}
