#include "launch/child_end.h"

#include "base/kernel_clock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
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

/* Returns 0 when all of it was written. Past RLIMIT_FSIZE that must not kill greq as well. */
static int write_line(const char *path, const char *line)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    sigaction(SIGXFSZ, &ignore, &old);
    ssize_t written = write(fd, line, strlen(line));
    sigaction(SIGXFSZ, &old, NULL);
    close(fd);
    return written == (ssize_t)strlen(line) ? 0 : -1;
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
    if (hello_become(hello, path, line) && write_line(path, line))
        unlink(path);
}
