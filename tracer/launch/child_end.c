#include "launch/child_end.h"

#include "base/kernel_clock.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t time_ns(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_usec * 1000;
}

int child_end_take(struct child_end *end, pid_t child)
{
    struct rusage usage;
    if (wait4(child, &end->status, WNOHANG, &usage) != child)
        return -1;
    end->time = kernel_clock_read(CLOCK_MONOTONIC);
    end->cpu = time_ns(usage.ru_utime) + time_ns(usage.ru_stime);
    return 0;
}

void child_end_note(const struct child_end *end, pid_t child, const char *trace,
                    struct hello *hello)
{
    char path[PATH_MAX], line[128];
    bool killed = WIFSIGNALED(end->status);
    if (snprintf(path, sizeof path, "%s/.end.%d", trace, (int)child) >= PATH_MAX)
        return;
    snprintf(line, sizeof line, "%" PRIu64 " %" PRIu64 " %s %d\n", end->time, end->cpu,
             killed ? "killed" : "exited",
             killed ? WTERMSIG(end->status) : WEXITSTATUS(end->status));
    hello_become(hello, path, line);
}
