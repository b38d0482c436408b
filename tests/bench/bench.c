/*
 * bench.c: see bench.h.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    TIME_LIMIT_S = 120,
    CACHE_LINE = 64,
    USUAL_DESCRIPTORS = 64, /* standard streams, epoll instances and the like */
};

void bench_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void bench_limit_time(void)
{
    alarm(TIME_LIMIT_S);
}

void bench_allow_descriptors(uint32_t count)
{
    struct rlimit limit;
    rlim_t needed = (rlim_t)count + USUAL_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        bench_fail("getrlimit: %s", strerror(errno));
    if (limit.rlim_max < needed)
        bench_fail("%ju descriptors are needed and the hard limit is %ju: raise it (ulimit -Hn)",
                   (uintmax_t)needed, (uintmax_t)limit.rlim_max);
    /* No further than needed: in some containers the hard limit is a thousand million. */
    if (limit.rlim_cur < needed)
        limit.rlim_cur = needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        bench_fail("setrlimit: %s", strerror(errno));
}

void bench_pin(void)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
        bench_fail("sched_setaffinity: %s", strerror(errno));
}

uint32_t bench_number(int argc, char *argv[], int index, const char *name)
{
    if (index >= argc)
        bench_fail("argument %d, %s, is missing", index, name);
    char *end;
    errno = 0;
    unsigned long value = strtoul(argv[index], &end, 10);
    if (errno || *end || value < 1 || value > INT32_MAX || argv[index][0] == '-')
        bench_fail("argument %d, %s, is \"%s\": a number of 1 or more is needed", index, name,
                   argv[index]);
    return (uint32_t)value;
}

void *bench_allocate(uint32_t count, uint64_t size)
{
    void *memory;
    if (posix_memalign(&memory, CACHE_LINE, count * size) != 0)
        bench_fail("no memory for %u times %ju bytes", count, (uintmax_t)size);
    return memset(memory, 0, count * size);
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

struct usage usage_now(void)
{
    struct timespec now;
    struct rusage used;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0 || getrusage(RUSAGE_SELF, &used) != 0)
        bench_fail("clock_gettime or getrusage: %s", strerror(errno));
    return (struct usage){
        .wall_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9,
        .cpu_s = seconds(used.ru_utime) + seconds(used.ru_stime),
    };
}

struct usage usage_since(struct usage start)
{
    struct usage now = usage_now();
    return (struct usage){now.wall_s - start.wall_s, now.cpu_s - start.cpu_s};
}

void usage_print(struct usage used, uint64_t count)
{
    printf("count=%ju wall_s=%.9f cpu_s=%.6f\n", (uintmax_t)count, used.wall_s, used.cpu_s);
}

/* The number after `key` in a file of "Key:   123 kB" lines. */
static double read_field(const char *path, const char *key)
{
    char line[256];
    double value = -1;
    FILE *file = fopen(path, "re");
    if (!file)
        bench_fail("%s: %s", path, strerror(errno));
    while (value < 0 && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            value = strtod(line + strlen(key), NULL);
    fclose(file);
    if (value < 0)
        bench_fail("%s: no line starts with \"%s\"", path, key);
    return value;
}

struct memory memory_now(void)
{
    /* smaps_rollup walks the pages. The counters in /proc/self/status are not good enough here:
     * before Linux 6.2 each thread kept its first 64 page faults to itself. */
    return (struct memory){
        .resident_kib = read_field("/proc/self/smaps_rollup", "Rss:"),
        .page_tables_kib = read_field("/proc/self/status", "VmPTE:"),
    };
}
