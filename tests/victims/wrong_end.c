/* wrong_end: a pipe's reading end is written to, its writing end read from, alone and with vectors;
 * and what the kernel's own files cannot do. */
#include "facts.h"

#include <errno.h>
#include <greq/greq.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

static void *use_wrong_ends(void *unused)
{
    int ends[2];
    char byte = 'x';
    struct iovec vector = {&byte, 1};
    must(pipe(ends), "pipe");
    fact("write %s", outcome(write(ends[0], &byte, 1)));
    fact("writev %s", outcome(writev(ends[0], &vector, 1)));
    fact("read %s", outcome(read(ends[1], &byte, 1)));
    fact("readv %s", outcome(readv(ends[1], &vector, 1)));
    return unused;
}

static void *misuse(void *unused)
{
    uint64_t number = 1;
    sigset_t none;
    sigemptyset(&none);
    int timer = must(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd_create");
    int signals = must(signalfd(-1, &none, 0), "signalfd");
    int epoll = must(epoll_create1(0), "epoll_create1");
    int changes = must(inotify_init(), "inotify_init");
    int process = must((int)syscall(SYS_pidfd_open, getpid(), 0), "pidfd_open");
    fact("write to a timer %s", outcome(write(timer, &number, sizeof number)));
    fact("write to signals %s", outcome(write(signals, &number, sizeof number)));
    fact("write to changes %s", outcome(write(changes, &number, sizeof number)));
    fact("read from epoll %s", outcome(read(epoll, &number, sizeof number)));
    fact("write to epoll %s", outcome(write(epoll, &number, sizeof number)));
    fact("read from a process %s", outcome(read(process, &number, sizeof number)));
    return unused;
}

int main(void)
{
    alarm(10); /* who waits for an end that is never ready waits for ever */
    greq_join(greq_spawn(use_wrong_ends, NULL), NULL);
    greq_join(greq_spawn(misuse, NULL), NULL);
}
