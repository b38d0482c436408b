/* A loop of epoll with five requests in flight; when the first answer has been read, it calls
 * something that blocks. Usage: loop_stall [blocked | overlapped] sleep | getaddrinfo | fsync |
 * waitpid | poll | two | epoll. Overlapped, a thread makes the call. */
#include "client.h"

#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COUNT = 5, CALL_MS = 300 };
static const double delay_s = 0.1;

static void call_sleep(void)
{
    TRUTH_BLAME("usleep");
    usleep(CALL_MS * 1000);
}

static void call_getaddrinfo(void)
{
    struct addrinfo *found;
    TRUTH_BLAME("getaddrinfo");
    must(-getaddrinfo("host-7", "80", NULL, &found), "getaddrinfo");
    freeaddrinfo(found);
}

static void call_fsync(void)
{
    TRUTH_BLAME("fsync");
    must(fsync(1), "fsync");
}

static void call_waitpid(void)
{
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        usleep(CALL_MS * 1000);
        _exit(0);
    }
    TRUTH_BLAME("waitpid");
    waitpid(child, NULL, 0);
}

/* For one descriptor, on which nothing comes: it is not the loop's own wait. */
static void call_poll(void)
{
    int ends[2];
    must(pipe(ends), "pipe");
    struct pollfd pipe_end = {.fd = ends[0], .events = POLLIN};
    TRUTH_BLAME("poll");
    must(poll(&pipe_end, 1, CALL_MS), "poll");
    close(ends[0]);
    close(ends[1]);
}

/* A loop of its own inside of the loop, for what it closes then. */
static void call_two(void)
{
    int ends[4];
    must(pipe(ends) | pipe(ends + 2), "pipe");
    struct pollfd pipe_ends[2] = {{.fd = ends[0], .events = POLLIN},
                                  {.fd = ends[2], .events = POLLIN}};
    TRUTH_BLAME("poll");
    must(poll(pipe_ends, 2, CALL_MS), "poll");
    for (int i = 0; i < 4; i++)
        close(ends[i]);
}

/* As libuv closes it. */
static void call_epoll(void)
{
    int ends[2], epoll = must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    must(pipe(ends), "pipe");
    struct epoll_event event = {.events = EPOLLIN, .data.fd = ends[0]};
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event), "epoll_ctl");
    TRUTH_BLAME("epoll_wait");
    must(epoll_wait(epoll, &event, 1, CALL_MS), "epoll_wait");
    syscall(SYS_close, epoll);
    syscall(SYS_close, ends[0]);
    close(ends[1]);
}

static const struct {
    const char *name;
    void (*call)(void);
} calls[] = {{"sleep", call_sleep}, {"getaddrinfo", call_getaddrinfo},
             {"fsync", call_fsync}, {"waitpid", call_waitpid},
             {"poll", call_poll},   {"two", call_two},
             {"epoll", call_epoll}};

static void (*chosen)(void);

static void *call_in_thread(void *nothing)
{
    chosen();
    return nothing;
}

static int epoll_open(void)
{
    int epoll = must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    for (int i = 0; i < COUNT; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = client_open()};
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event), "epoll_ctl");
        client_ask(event.data.fd, delay_s);
    }
    return epoll;
}

static int take_next(int epoll)
{
    struct epoll_event event;
    must(epoll_wait(epoll, &event, 1, 10000) == 1 ? 0 : -1, "epoll_wait");
    client_take(event.data.fd);
    return event.data.fd;
}

int main(int argc, char **argv)
{
    const char *name = argc > 2 ? argv[2] : "";
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, name) == 0)
            chosen = calls[i].call;
    must(chosen ? 0 : -1, name);
    int epoll = epoll_open();
    pthread_t thread;
    for (int taken = 0; taken < 2 * COUNT; taken++) {
        int fd = take_next(epoll);
        if (taken < COUNT)
            client_ask(fd, delay_s); /* each asks twice */
        if (taken)
            continue;
        double start = now_s();
        if (client_overlaps(argc, argv))
            must(-pthread_create(&thread, NULL, call_in_thread, NULL), "pthread_create");
        else
            chosen();
        double held = now_s() - start;
        truth_held(held, COUNT - 1);
        truth_waited(held - delay_s); /* what this one has asked for once more */
    }
    if (client_overlaps(argc, argv))
        pthread_join(thread, NULL);
    truth_tell();
}
