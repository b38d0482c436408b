#include "log/run_queue.h"

#include "log/stream.h"
#include "sys/clock.h"
#include "sys/kernel.h"

#include <fcntl.h>
#include <unistd.h>

/* The number that `*line` begins with, and what is behind it. */
static uint64_t take_number(const char **line)
{
    uint64_t number = 0;
    while (**line == ' ')
        ++*line;
    for (; **line >= '0' && **line <= '9'; ++*line)
        number = 10 * number + (uint64_t)(**line - '0');
    return number;
}

const char *run_times_own(uint32_t tid)
{
    return tid == stream_origin.pid ? "/proc/self/schedstat" : "/proc/thread-self/schedstat";
}

bool run_times_read(struct run_times *times, const char *schedstat)
{
    char line[128];
    int fd = (int)KERNEL(openat, AT_FDCWD, schedstat, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    ssize_t size = KERNEL(read, fd, line, sizeof line - 1);
    KERNEL(close, fd);
    if (size <= 0)
        return false;
    line[size] = '\0';
    const char *rest = line;
    times->cpu = take_number(&rest);
    times->queued = take_number(&rest);
    return *rest == ' ';
}

/* Longer than the reading takes a thread that is not preempted. */
#define PROMPT_NS (NS_PER_MS / 5)

enum { TRIES = 4 };

bool run_times_read_own(struct run_times *times, uint32_t tid, uint64_t *now)
{
    bool is_known = false;
    for (int i = 0; i < TRIES; i++) {
        uint64_t before = clock_kernel_now();
        is_known = run_times_read(times, run_times_own(tid));
        *now = clock_kernel_now();
        if (!is_known || *now - before < PROMPT_NS)
            break;
    }
    return is_known;
}
