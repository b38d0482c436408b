#include "trace/alive.h"

#include "base/kernel_clock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECOND_NS UINT64_C(1000000000)

/* The clocks of one boot are adjusted by less than this; others differ by more. */
#define SAME_BOOT_NS (2 * SECOND_NS)

enum { STAT_SIZE = 1024 };

/* Fields of /proc/PID/stat between those that are of interest. */
#define SKIP_SIX " %*s %*s %*s %*s %*s %*s"
#define SKIP_TEN SKIP_SIX " %*s %*s %*s %*s"

/* A trace may come from another machine, or from before this one was started anew. */
static bool is_of_this_boot(const struct recorded_process *process)
{
    uint64_t recorded = process->realtime - process->start;
    uint64_t here = kernel_clock_read(CLOCK_REALTIME) - kernel_clock_read(CLOCK_MONOTONIC);
    uint64_t ahead = recorded - here; /* may wrap: a damaged trace has any times */
    return process->realtime && ahead + SAME_BOOT_NS < 2 * SAME_BOOT_NS;
}

/* A container has numbers of its own. */
static bool runs_program(const struct recorded_process *process)
{
    char link[64], program[PATH_MAX];
    snprintf(link, sizeof link, "/proc/%" PRIu32 "/exe", process->pid);
    ssize_t size = readlink(link, program, sizeof program - 1);
    program[size > 0 ? size : 0] = '\0';
    return !strcmp(program, process->program);
}

/* What follows the name of the program, which may have any characters. */
static const char *read_stat(char text[STAT_SIZE], uint32_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    ssize_t size = read(fd, text, STAT_SIZE - 1);
    close(fd);
    text[size > 0 ? size : 0] = '\0';
    const char *name_end = strrchr(text, ')');
    return name_end ? name_end + 1 : NULL;
}

bool alive_read(struct alive *alive, const struct recorded_process *process)
{
    char text[STAT_SIZE], state;
    uint64_t user, system, started;
    bool may_be = is_of_this_boot(process) && runs_program(process);
    const char *rest = may_be ? read_stat(text, process->pid) : NULL;
    if (!rest || sscanf(rest, " %c" SKIP_TEN " %" SCNu64 " %" SCNu64 SKIP_SIX " %" SCNu64, &state,
                        &user, &system, &started) != 4)
        return false;
    int64_t tick = SECOND_NS / sysconf(_SC_CLK_TCK);
    int64_t asleep = kernel_clock_read(CLOCK_BOOTTIME) - kernel_clock_read(CLOCK_MONOTONIC);
    /* Another process of this number would have been started later. */
    if (state == 'Z' || state == 'X' ||
        (int64_t)started * tick - asleep > (int64_t)process->start + tick)
        return false;
    *alive = (struct alive){(uint64_t)kernel_clock_read(CLOCK_MONOTONIC),
                            (user + system) * (uint64_t)tick};
    return true;
}
