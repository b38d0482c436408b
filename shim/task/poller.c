#include "task/poller.h"

#include "sys/kernel.h"
#include "sys/own_fd.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static int call_fd_of(const struct poller *poller)
{
    return __atomic_load_n(&poller->call_fd, __ATOMIC_ACQUIRE);
}

static int open_call_fd(struct poller *poller)
{
    if (own_fd_is(call_fd_of(poller)))
        return 0;
    int fd = own_fd_adopt((int)KERNEL(eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK));
    __atomic_store_n(&poller->call_fd, fd, __ATOMIC_RELEASE);
    return fd < 0 ? errno : 0;
}

static int listen_for_calls(struct poller *poller)
{
    int error = open_call_fd(poller);
    return error ? error : poller_arm(poller, call_fd_of(poller), POLLIN);
}

/* The eventfd of a thread before is kept, and this thread may have descriptors of its own (unshare,
 * CLOSE_RANGE_UNSHARE). Its numbers may be those of another thread's then. */
int poller_open(struct poller *poller)
{
    poller->engine = &poller_epoll;
    int error = poller->engine->open(poller);
    if (error)
        return error;
    error = listen_for_calls(poller);
    if (error == EBADF) {
        own_fd_forget(call_fd_of(poller));
        __atomic_store_n(&poller->call_fd, -1, __ATOMIC_RELEASE);
        error = listen_for_calls(poller);
    }
    if (error)
        poller_close(poller);
    return error;
}

void poller_close(struct poller *poller)
{
    poller->engine->close(poller);
}

void poller_discard(struct poller *poller)
{
    if (poller->engine)
        poller_close(poller);
    own_fd_close(poller->call_fd);
    poller->call_fd = -1;
}

int poller_arm(struct poller *poller, int fd, uint32_t events)
{
    return poller->engine->arm(poller, fd, events);
}

int poller_stand(struct poller *poller, int fd, uint32_t events)
{
    return poller->engine->stand(poller, fd, events);
}

int poller_stand_again(struct poller *poller, int fd, uint32_t events)
{
    return poller->engine->stand_again(poller, fd, events);
}

int poller_remove(struct poller *poller, int fd)
{
    return poller->engine->remove(poller, fd);
}

/* Takes the calls of other threads out of the events, and makes the next one be reported again. */
static int drop_calls(struct poller *poller, int count)
{
    uint64_t calls;
    int call_fd = call_fd_of(poller);
    for (int i = 0; i < count; i++) {
        if (poller->events[i].data.fd != call_fd)
            continue;
        KERNEL(read, call_fd, &calls, sizeof calls);
        poller_arm(poller, call_fd, POLLIN);
        poller->events[i] = poller->events[--count];
        break;
    }
    return count;
}

static bool has_descriptors(const struct poller *poller)
{
    return own_fd_is(poller->fd) && own_fd_is(call_fd_of(poller));
}

/* The program has closed a descriptor of ours or put another in its place. Where a hook saw that,
 * the other one is still ours; where none did, neither number is any longer ours to close. */
static void let_go(struct poller *poller)
{
    if (own_fd_is(poller->fd) != own_fd_is(call_fd_of(poller))) {
        own_fd_close(poller->fd);
        own_fd_close(call_fd_of(poller));
    }
    own_fd_forget(poller->fd);
    own_fd_forget(call_fd_of(poller));
    poller->fd = -1;
    __atomic_store_n(&poller->call_fd, -1, __ATOMIC_RELEASE);
}

/* While there are no numbers to be had, the loop around us must not spin. */
static void open_again(struct poller *poller)
{
    static const struct timespec pause = {0, 10 * 1000 * 1000};
    let_go(poller);
    if (poller_open(poller) != 0)
        KERNEL(nanosleep, &pause, NULL);
}

int poller_wait(struct poller *poller, uint64_t timeout)
{
    int count = has_descriptors(poller) ? poller->engine->wait(poller, timeout) : -1;
    if (count >= 0)
        return drop_calls(poller, count);
    open_again(poller);
    return -1;
}

void poller_call(struct poller *poller)
{
    uint64_t one = 1;
    int saved_errno = errno;
    if (own_fd_is(call_fd_of(poller)))
        KERNEL(write, call_fd_of(poller), &one, sizeof one);
    errno = saved_errno;
}
