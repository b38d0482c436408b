#include "trace/ending.h"

#include <greq/trace_format.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 128, WORD_SIZE = 8 };

static bool read_line(char line[LINE_SIZE], int directory, uint32_t pid)
{
    char name[32];
    snprintf(name, sizeof name, ".end.%" PRIu32, pid);
    int fd = openat(directory, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t size = read(fd, line, LINE_SIZE - 1);
    close(fd);
    line[size > 0 ? size : 0] = '\0';
    return strchr(line, '\n');
}

bool ending_read(struct ending *ending, int directory, uint32_t pid)
{
    char line[LINE_SIZE], how[WORD_SIZE];
    if (!read_line(line, directory, pid) ||
        sscanf(line, "%" SCNu64 " %" SCNu64 " %7s %u", &ending->time, &ending->cpu, how,
               &ending->code) != 4)
        return false;
    ending->killed = !strcmp(how, "killed");
    return ending->time < TRACE_IN_PROGRESS && (ending->killed || !strcmp(how, "exited"));
}
