/* epoll_rules: the program's own epoll instances, waited for by tasks. */
#include "company.h"
#include "facts.h"
#include "peer_client.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void watch(int epoll, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = {.events = events, .data.u64 = data};
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

static void several(void)
{
    int epoll = must(epoll_create1(0), "epoll_create1"), fds[4];
    struct epoll_event seen[8];
    for (int i = 0; i < 4; i++) {
        fds[i] = peer_open("wait %d say x eof", 200 + 200 * i);
        watch(epoll, fds[i], EPOLLIN | EPOLLONESHOT, 100 + (uint64_t)i);
    }
    for (int taken = 0; taken < 4;) {
        int count = must(epoll_wait(epoll, seen, 8, 2000), "epoll_wait");
        for (int i = 0; i < count; i++)
            fact("%d: %u of %d", taken + i, seen[i].events, (int)seen[i].data.u64);
        taken += count ? count : 4;
    }
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    close(epoll);
}

static void edges(void)
{
    int epoll = must(epoll_create1(0), "epoll_create1");
    int fd = peer_open("wait 40 say ab wait 100 say cd eof");
    struct epoll_event seen;
    char byte;
    watch(epoll, fd, EPOLLIN | EPOLLET, 1);
    fact("an edge %s", outcome(epoll_wait(epoll, &seen, 1, 2000)));
    fact("one byte %s", outcome(read(fd, &byte, 1)));
    fact("no edge %s", outcome(epoll_wait(epoll, &seen, 1, 0)));
    fact("a new edge %s", outcome(epoll_wait(epoll, &seen, 1, 2000)));
    close(fd);
    close(epoll);
}

static void waiting_times(void)
{
    int epoll = must(epoll_create1(0), "epoll_create1");
    struct epoll_event seen;
    struct timespec hundred = {.tv_nsec = 100000000};
    struct start start = start_now();
    const char *what = outcome(epoll_wait(epoll, &seen, 1, 100));
    fact("epoll_wait %s, in time %d", what, took(start, 0.1));
    start = start_now();
    what = outcome(epoll_pwait(epoll, &seen, 1, 100, NULL));
    fact("epoll_pwait %s, in time %d", what, took(start, 0.1));
    start = start_now();
    what = outcome(epoll_pwait2(epoll, &seen, 1, &hundred, NULL));
    fact("epoll_pwait2 %s, in time %d", what, took(start, 0.1));
    start = start_now();
    what = outcome(epoll_wait(epoll, &seen, 1, 0));
    fact("in no time %s, at once %d", what, took(start, 0));
    close(epoll);
}

static void wrong(void)
{
    int epoll = must(epoll_create1(0), "epoll_create1");
    struct epoll_event seen;
    fact("room for none %s", outcome(epoll_wait(epoll, &seen, 0, 0)));
    fact("no epoll %s", outcome(epoll_wait(STDOUT_FILENO, &seen, 1, -1)));
    close(epoll);
    fact("closed %s", outcome(epoll_wait(epoll, &seen, 1, -1)));
}

/* An epoll instance in an epoll instance, and in poll. */
static void nested(void)
{
    int inner = must(epoll_create1(0), "inner"), outer = must(epoll_create1(0), "outer");
    int fd = peer_open("wait 60 say x eof");
    struct epoll_event seen;
    watch(inner, fd, EPOLLIN, 1);
    watch(outer, inner, EPOLLIN, 2);
    struct pollfd polled = {.fd = outer, .events = POLLIN};
    fact("poll of outer %s", outcome(poll(&polled, 1, 2000)));
    fact("outer %s", outcome(epoll_wait(outer, &seen, 1, -1)));
    fact("inner %s", outcome(epoll_wait(inner, &seen, 1, -1)));
    close(fd);
    close(inner);
    close(outer);
}

static void scene(void)
{
    several();
    edges();
    waiting_times();
    wrong();
    nested();
}

int main(void)
{
    play(scene);
}
