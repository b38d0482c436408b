/*
 * files.c: makes files as a trace's are made: 8 KiB that are allocated, mapped and written to,
 * under a name that is changed then. What this takes is the file system's, whatever records into
 * it.
 *
 *     files FOLDER COUNT
 */
#define _GNU_SOURCE
#include "bench.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SIZE = 8192 };

static void make(const char *folder, uint32_t number)
{
    char hidden[PATH_MAX], path[PATH_MAX];
    snprintf(hidden, sizeof hidden, "%s/.%u", folder, number);
    snprintf(path, sizeof path, "%s/%u", folder, number);
    int fd = open(hidden, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || fallocate(fd, 0, 0, SIZE))
        bench_fail("cannot make a file in %s", folder);
    char *bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED)
        bench_fail("cannot map a file in %s", folder);
    close(fd);
    *bytes = 1;
    if (rename(hidden, path))
        bench_fail("cannot rename a file in %s", folder);
    munmap(bytes, SIZE);
}

int main(int argc, char *argv[])
{
    uint32_t count = bench_number(argc, argv, 2, "COUNT");
    bench_limit_time();
    struct usage start = usage_now();
    for (uint32_t i = 0; i < count; i++)
        make(argv[1], i);
    usage_print(usage_since(start), count);
}
