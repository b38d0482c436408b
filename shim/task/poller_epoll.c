/*
 * The epoll engine. Interest in one report is EPOLLONESHOT; arming it again is one EPOLL_CTL_MOD.
 * Standing interest is level-triggered. Neither needs to know how a number came to name another
 * file: MOD fails with ENOENT then, and ADD follows, or ADD with EEXIST and MOD follows.
 */
#include "sys/clock.h"
#include "sys/kernel.h"
#include "sys/own_fd.h"
#include "task/poller.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Other threads look at it when they close a descriptor. They may find one that is gone: what was
 * registered there is gone as well. */
static void set_fd(struct poller *poller, int fd)
{
    __atomic_store_n(&poller->fd, fd, __ATOMIC_RELAXED);
}

static int engine_open(struct poller *poller)
{
    set_fd(poller, own_fd_adopt(epoll_create1(EPOLL_CLOEXEC)));
    return poller->fd < 0 ? errno : 0;
}

static void engine_close(struct poller *poller)
{
    int fd = poller->fd;
    set_fd(poller, -1);
    own_fd_close(fd);
}

/* By system call: the library's own epoll_ctl is the program's. */
static int control(int epoll, int op, int fd, struct epoll_event *event)
{
    return (int)KERNEL(epoll_ctl, epoll, op, fd, event);
}

/* POLLIN and its kin have the same values as EPOLLIN and its. */
static int modify(struct poller *poller, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    return control(poller->fd, EPOLL_CTL_MOD, fd, &event) == 0 ? 0 : errno;
}

static int add(struct poller *poller, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    return control(poller->fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

static int engine_arm(struct poller *poller, int fd, uint32_t events)
{
    uint32_t once = (events & 0xffff) | EPOLLONESHOT;
    int error = modify(poller, fd, once);
    return error == ENOENT ? add(poller, fd, once) : error;
}

/* Most are new: then the first call succeeds. */
static int engine_stand(struct poller *poller, int fd, uint32_t events)
{
    int error = add(poller, fd, events & 0xffff);
    return error == EEXIST ? modify(poller, fd, events & 0xffff) : error;
}

static int engine_stand_again(struct poller *poller, int fd, uint32_t events)
{
    return modify(poller, fd, events & 0xffff);
}

static int engine_remove(struct poller *poller, int fd)
{
    struct epoll_event unused = {0}; /* before Linux 2.6.9 it must not be NULL */
    int epoll = __atomic_load_n(&poller->fd, __ATOMIC_RELAXED);
    return control(epoll, EPOLL_CTL_DEL, fd, &unused) == 0 ? 0 : errno;
}

/* epoll_pwait2 counts in nanoseconds; before Linux 5.11 there are only milliseconds, rounded up. */
static int sleep_in_epoll(int fd, struct epoll_event *ready, uint64_t timeout)
{
    static bool no_pwait2;
    int saved_errno = errno;
    if (!no_pwait2) {
        struct timespec limit = clock_to_timespec(timeout);
        int count = (int)KERNEL(epoll_pwait2, fd, ready, POLLER_MAX_EVENTS,
                                timeout == CLOCK_NEVER ? NULL : &limit, NULL, (size_t)0);
        if (count >= 0 || errno == EINTR || errno == EBADF || errno == EINVAL)
            return count;
        no_pwait2 = true; /* ENOSYS, or what a sandbox says to calls it does not know */
        errno = saved_errno;
    }
    uint64_t ms = timeout / NS_PER_MS + (timeout % NS_PER_MS != 0);
    int limit = timeout == CLOCK_NEVER ? -1 : ms > 1u << 30 ? 1 << 30 : (int)ms;
    return (int)KERNEL(epoll_pwait, fd, ready, POLLER_MAX_EVENTS, limit, NULL, (size_t)0);
}

static int engine_wait(struct poller *poller, uint64_t timeout)
{
    int count = sleep_in_epoll(poller->fd, poller->events, timeout);
    return count < 0 && errno == EINTR ? 0 : count;
}

const struct poller_engine poller_epoll = {
    .name = "epoll",
    .open = engine_open,
    .close = engine_close,
    .arm = engine_arm,
    .stand = engine_stand,
    .stand_again = engine_stand_again,
    .remove = engine_remove,
    .wait = engine_wait,
};
