/* reused_descriptor: a descriptor's number is closed in every way there is and at once used again;
 * what was known of the old one must not be believed of the new one. Numbers are the lowest that
 * are free, with the preload as without it. */
#include "facts.h"
#include "peer_client.h"

#include <greq/greq.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void close_plainly(int fd)
{
    close(fd);
}

static void close_by_dup2(int fd)
{
    dup2(STDOUT_FILENO, fd);
    close(fd);
}

static void close_by_fclose(int fd)
{
    fclose(fdopen(fd, "r"));
}

static void close_by_range(int fd)
{
    close_range((unsigned)fd, (unsigned)fd, 0);
}

static void close_by_system_call(int fd)
{
    syscall(SYS_close, fd);
}

/* A duplicate keeps the old connection alive, and in an epoll instance that watched it. */
static void close_beside_duplicate(int fd)
{
    static int duplicate = -1;
    if (duplicate >= 0)
        close(duplicate);
    duplicate = dup2(fd, 100);
    close(fd);
}

static const struct way {
    const char *name;
    void (*close)(int fd);
} ways[] = {
    {"close", close_plainly},          {"dup2", close_by_dup2},
    {"fclose", close_by_fclose},       {"close_range", close_by_range},
    {"syscall", close_by_system_call}, {"close beside a duplicate", close_beside_duplicate},
};

/* Waits for a byte, with and without poll before. */
static int take(int fd, bool by_poll)
{
    char byte = 0;
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    if (by_poll && poll(&watched, 1, 2000) != 1)
        return -1;
    return recv(fd, &byte, 1, 0) == 1 ? byte : -1;
}

static void *use_and_close(void *argument)
{
    const struct way *way = argument;
    for (int i = 0; i < 6; i++) {
        /* Every second one is closed with data unread, so that it is ready to the last. */
        int fd = peer_open(i % 2 ? "wait 20 say ab eof" : "wait 20 say a wait 20 say b eof");
        fact("%s: number %d, %c", way->name, fd, take(fd, i % 3 == 0));
        way->close(fd);
    }
    return NULL;
}

int main(void)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        greq_join(greq_spawn(use_and_close, (void *)&ways[i]), NULL);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        use_and_close((void *)&ways[i]);
}
