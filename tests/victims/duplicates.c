/* duplicates: a duplicate of a descriptor is the same connection, and lives on by itself. */
#include "facts.h"
#include "peer_client.h"

#include <errno.h>
#include <fcntl.h>
#include <greq/greq.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void *receive_one(void *item)
{
    char byte = 0;
    return (void *)(intptr_t)(recv((int)(intptr_t)item, &byte, 1, 0) == 1 ? byte : -1);
}

/* The original is closed while a task waits on the duplicate. */
static void original_closed(void)
{
    void *got;
    int fd = peer_open("wait 100 say a eof"), twin = must(dup(fd), "dup");
    greq_task *task = greq_spawn(receive_one, (void *)(intptr_t)twin);
    greq_yield();
    close(fd);
    greq_join(task, &got);
    fact("by a duplicate: %c", (char)(intptr_t)got);
    close(twin);
}

/* Tasks wait on both; whoever comes first gets the first byte. */
static void both_wait(void)
{
    void *items[2], *results[2];
    int fd = peer_open("wait 60 say a wait 60 say b eof"), twin = must(dup(fd), "dup");
    items[0] = (void *)(intptr_t)fd;
    items[1] = (void *)(intptr_t)twin;
    greq_map(receive_one, items, results, 2, 0);
    fact("by both: %d", (int)(intptr_t)results[0] + (int)(intptr_t)results[1]);
    close(fd);
    close(twin);
}

/* O_NONBLOCK belongs to the connection, whichever descriptor set it. */
static void flag_shared(void)
{
    char byte;
    int fd = peer_open("wait 60000"), twin = must(dup(fd), "dup");
    must(fcntl(twin, F_SETFL, O_NONBLOCK), "F_SETFL");
    fact("non-blocking by its duplicate: %s", outcome(recv(fd, &byte, 1, 0)));
    must(fcntl(fd, F_SETFL, 0), "F_SETFL");
    struct timeval timeout = {.tv_usec = 50000};
    must(setsockopt(twin, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout), "SO_RCVTIMEO");
    struct start start = start_now();
    const char *what = outcome(recv(fd, &byte, 1, 0));
    fact("a time limit by its duplicate: %s, in time %d", what, took(start, 0.05));
    close(fd);
    close(twin);
}

/* Made by fcntl, and its mode set by ioctl. */
static void by_fcntl(int command)
{
    char byte;
    int on = 1, off = 0, fd = peer_open("wait 60 say a eof"),
        twin = must(fcntl(fd, command, 0), "fcntl");
    fact("closed with exec %d", fcntl(twin, F_GETFD) & FD_CLOEXEC);
    must(ioctl(twin, FIONBIO, &on), "FIONBIO");
    fact("non-blocking by ioctl: %s", outcome(recv(fd, &byte, 1, 0)));
    must(ioctl(fd, FIONBIO, &off), "FIONBIO");
    close(fd);
    fact("blocking again: %c", (int)(intptr_t)receive_one((void *)(intptr_t)twin));
    fact("none of a bad one %s", outcome(fcntl(-1, command, 0)));
    close(twin);
}

/* The other process reads from the shared connection. */
static void shared_with_a_child(void)
{
    int status, fd = peer_open("wait 60 say a wait 60 say b eof");
    pid_t child = must(fork(), "fork");
    if (child == 0)
        _exit((int)(intptr_t)receive_one((void *)(intptr_t)fd));
    must(waitpid(child, &status, 0), "waitpid");
    fact("the child got %c", WEXITSTATUS(status));
    fact("then its parent %c", (int)(intptr_t)receive_one((void *)(intptr_t)fd));
    close(fd);
}

static void *scene(void *none)
{
    original_closed();
    both_wait();
    flag_shared();
    by_fcntl(F_DUPFD);
    by_fcntl(F_DUPFD_CLOEXEC);
    shared_with_a_child();
    return none;
}

int main(void)
{
    scene(NULL);
    greq_join(greq_spawn(scene, NULL), NULL);
}
