#include "wait.h"

#include <errno.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "clock.h"

static struct timeval time_until(int64_t deadline)
{
    int64_t left = deadline - clock_now();
    if (left < 0)
        left = 0;
    return (struct timeval){
        .tv_sec = left / NS_PER_SECOND,
        .tv_usec = left % NS_PER_SECOND / NS_PER_MICROSECOND,
    };
}

/* Two functions of one shape rather than one with a flag: a stack trace then says for what the
 * program waits. */

int wait_readable(int fd, enum wait_how how, int64_t deadline)
{
    int ready;
    do {
        if (how == WAIT_SELECT) {
            struct timeval left = time_until(deadline);
            fd_set set;
            FD_ZERO(&set);
            FD_SET(fd, &set);
            ready = select(fd + 1, &set, NULL, NULL, &left);
        } else {
            struct pollfd entry = {.fd = fd, .events = POLLIN};
            ready = poll(&entry, 1, clock_ms_until(deadline));
        }
    } while (ready < 0 && errno == EINTR);
    return ready;
}

int wait_writable(int fd, enum wait_how how, int64_t deadline)
{
    int ready;
    do {
        if (how == WAIT_SELECT) {
            struct timeval left = time_until(deadline);
            fd_set set;
            FD_ZERO(&set);
            FD_SET(fd, &set);
            ready = select(fd + 1, NULL, &set, NULL, &left);
        } else {
            struct pollfd entry = {.fd = fd, .events = POLLOUT};
            ready = poll(&entry, 1, clock_ms_until(deadline));
        }
    } while (ready < 0 && errno == EINTR);
    return ready;
}

bool wait_possible(int fd, enum wait_how how)
{
    return how != WAIT_SELECT || fd < FD_SETSIZE;
}

bool wait_limit(int fd, int64_t deadline)
{
    struct timeval left = time_until(deadline);
    /* A zero here would be no limit at all. */
    if (left.tv_sec == 0 && left.tv_usec == 0)
        return false;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &left, sizeof left);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &left, sizeof left);
    return true;
}
