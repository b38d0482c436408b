/* descriptor_theft: a program closes every descriptor, or puts a file of its own over every number,
 * while tasks wait. Tasks go on, and nothing that is not the program's lands in its file. Usage:
 * descriptor_theft close|close_range|unshare|closefrom|dup2|syscall */
#include "facts.h"
#include "must_tasks.h"
#include "peer_client.h"

#include <greq/greq.h>
#include <linux/close_range.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TASKS = 5, FIRST = 3 };

static int most;

static void by_close(int file)
{
    (void)file;
    for (int fd = FIRST; fd < most; fd++)
        close(fd);
}

static void by_close_range(int file)
{
    (void)file;
    close_range(FIRST, ~0u, 0);
}

/* The thread has descriptors of its own from then on. */
static void by_unshare(int file)
{
    (void)file;
    close_range(FIRST, ~0u, CLOSE_RANGE_UNSHARE);
}

static void by_closefrom(int file)
{
    (void)file;
    closefrom(FIRST);
}

static void by_dup2(int file)
{
    for (int fd = FIRST; fd < most; fd++)
        if (fd != file)
            dup2(file, fd);
}

/* Behind every hook's back. */
static void by_syscall(int file)
{
    for (int fd = FIRST; fd < most; fd++)
        if (fd != file)
            syscall(SYS_dup3, file, fd, 0);
}

static const struct way {
    const char *name;
    void (*steal)(int file);
} ways[] = {
    {"close", by_close},
    {"close_range", by_close_range},
    {"unshare", by_unshare},
    {"closefrom", by_closefrom},
    {"dup2", by_dup2},
    {"syscall", by_syscall},
    {NULL, NULL},
};

static void *sleep_through(void *none)
{
    (void)none;
    bool right = usleep(150000) == 0 && usleep(20000) == 0;
    return (void *)(intptr_t)right;
}

static void *receive(void *none)
{
    (void)none;
    char byte;
    int fd = peer_open("wait 100 say a eof");
    bool right = recv(fd, &byte, 1, 0) == 1;
    close(fd);
    return (void *)(intptr_t)right;
}

static int map_right(void)
{
    void *items[TASKS] = {NULL}, *results[TASKS];
    int right = 0;
    must_map(receive, items, results, TASKS, 0);
    for (int i = 0; i < TASKS; i++)
        right += results[i] != NULL;
    return right;
}

int main(int argc, char **argv)
{
    const struct way *way = ways;
    while (way->name && argc > 1 && strcmp(way->name, argv[1]) != 0)
        way++;
    must(way->name ? 0 : -1, "which way?");
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    most = (int)limit.rlim_cur;
    fact("before: %d", map_right());

    char name[] = "/tmp/greq-victim-XXXXXX";
    int file = must(mkstemp(name), "mkstemp"), right = 0;
    unlink(name);
    greq_task *sleepers[TASKS];
    for (int i = 0; i < TASKS; i++)
        sleepers[i] = must_spawn(sleep_through, NULL);
    usleep(20000);
    way->steal(file);
    for (int i = 0; i < TASKS; i++) {
        void *result = NULL;
        greq_join(sleepers[i], &result);
        right += result != NULL;
    }
    fact("sleepers: %d", right);

    struct stat status;
    if (fstat(file, &status) == 0)
        fact("the file's size: %d", (int)status.st_size);
    close_range(FIRST, ~0u, 0);
    double start = now_s();
    fact("after: %d", map_right());
    timing("elapsed", now_s() - start);
}
