#include "log/run_queue.h"

#include "log/count.h"
#include "sys/kernel.h"

#include <fcntl.h>
#include <unistd.h>

/* The second number of the line: after the time on a processor, that in a queue. */
static uint64_t second_number(const char *line)
{
    uint64_t number = 0;
    while (*line && *line != ' ')
        line++;
    for (; *line == ' '; line++)
        ;
    for (; *line >= '0' && *line <= '9'; line++)
        number = 10 * number + (uint64_t)(*line - '0');
    return number;
}

void run_queue_record(struct stream *stream, const char *schedstat)
{
    char line[128];
    int fd = (int)KERNEL(openat, AT_FDCWD, schedstat, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    ssize_t size = KERNEL(read, fd, line, sizeof line - 1);
    KERNEL(close, fd);
    if (size <= 0)
        return;
    line[size] = '\0';
    count_record(stream, "run-queue ns", second_number(line));
}
