/* A loop that is woken while it does something else for 300 ms: by what a thread writes after 100
 * ms, or by a timer of its own. Usage: wake_ups blocked | computing | free eventfd | pipe |
 * socketpair | timer. When free, it waits for that. */
#include "client.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 3, WORK_MS = 300, WOKEN_MS = 100 };

static int reads, writes = -1, epoll;
static _Atomic double woken; /* when; of a timer it is known beforehand */

static void make(const char *what)
{
    int ends[2];
    const struct itimerspec due = {.it_value = {0, WOKEN_MS * 1000000}};
    if (!strcmp(what, "eventfd")) {
        reads = writes = must(eventfd(0, EFD_CLOEXEC), "eventfd");
    } else if (!strcmp(what, "timer")) {
        reads = must(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd_create");
        must(timerfd_settime(reads, 0, &due, NULL), "timerfd_settime");
        woken = now_s() + WOKEN_MS / 1e3;
    } else {
        bool is_pipe = !strcmp(what, "pipe");
        must(is_pipe ? pipe(ends) : socketpair(AF_UNIX, SOCK_STREAM, 0, ends), what);
        reads = ends[0];
        writes = ends[1];
    }
}

static void *wake(void *nothing)
{
    const uint64_t one = 1;
    usleep(WOKEN_MS * 1000);
    must((int)write(writes, &one, sizeof one), "write");
    woken = now_s();
    return nothing;
}

/* Tells what of it was computed since it had been woken. */
static void compute_and_tell(void)
{
    double begun = truth_used_s(), at_wake_up = 0;
    while (truth_used_s() - begun < WORK_MS / 1e3)
        if (woken > 0 && !at_wake_up)
            at_wake_up = truth_used_s();
    timing("computed", truth_used_s() - at_wake_up);
}

static void block(void)
{
    TRUTH_BLAME("usleep");
    usleep(WORK_MS * 1000);
}

static int await(int timeout_ms)
{
    struct epoll_event event;
    return must(epoll_wait(epoll, &event, 1, timeout_ms), "epoll_wait");
}

int main(int argc, char **argv)
{
    pthread_t thread;
    uint64_t taken;
    const char *how = argc > 2 ? argv[1] : "free", *what = argc > 2 ? argv[2] : "eventfd";
    struct epoll_event event = {.events = EPOLLIN};
    epoll = must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    make(what);
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, reads, &event), "epoll_ctl");
    if (writes >= 0)
        must(-pthread_create(&thread, NULL, wake, NULL), "pthread_create");
    for (int i = 0; i < ROUNDS; i++)
        await(5);
    if (!strcmp(how, "blocked"))
        block();
    else if (!strcmp(how, "computing"))
        compute_and_tell();
    double done = now_s();
    await(10000);
    must((int)read(reads, &taken, sizeof taken), "read");
    await(5); /* the loop goes on */
    if (writes >= 0)
        pthread_join(thread, NULL);
    timing("serialized", done > woken ? done - woken : 0);
}
