/* overlap_ready: tasks that wait until a byte is there in poll, select, epoll_wait and their
 * variants, and then take it without waiting. */
#include "facts.h"
#include "overlap.h"
#include "peer_client.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

/* Not known to the compiler, so that fortified calls check it at run time. */
static volatile nfds_t one = 1;

static bool by_poll(int fd)
{
    struct pollfd watched[1] = {{.fd = fd, .events = POLLIN}};
    return poll(watched, one, -1) == 1 && watched[0].revents == POLLIN;
}

static bool by_ppoll(int fd)
{
    struct pollfd watched[1] = {{.fd = fd, .events = POLLIN}};
    return ppoll(watched, one, NULL, NULL) == 1 && watched[0].revents == POLLIN;
}

static bool by_select(int fd)
{
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    return select(fd + 1, &readable, NULL, NULL, NULL) == 1 && FD_ISSET(fd, &readable);
}

static bool by_pselect(int fd)
{
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    return pselect(fd + 1, &readable, NULL, NULL, NULL, NULL) == 1 && FD_ISSET(fd, &readable);
}

static bool epoll_by(int fd, int (*wait)(int epoll, struct epoll_event *))
{
    int epoll = must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd}, seen = {0};
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    int count = wait(epoll, &seen);
    close(epoll);
    return count == 1 && seen.data.fd == fd && seen.events == EPOLLIN;
}

static int plain_wait(int epoll, struct epoll_event *seen)
{
    return epoll_wait(epoll, seen, 1, -1);
}

static bool by_epoll_wait(int fd)
{
    return epoll_by(fd, plain_wait);
}

static int masked_wait(int epoll, struct epoll_event *seen)
{
    return epoll_pwait(epoll, seen, 1, -1, NULL);
}

static bool by_epoll_pwait(int fd)
{
    return epoll_by(fd, masked_wait);
}

static int precise_wait(int epoll, struct epoll_event *seen)
{
    return epoll_pwait2(epoll, seen, 1, NULL, NULL);
}

static bool by_epoll_pwait2(int fd)
{
    return epoll_by(fd, precise_wait);
}

static bool letter_ready(int index, bool (*ready)(int fd))
{
    char wanted = (char)('a' + index % 26), letter = 0;
    int fd = peer_open("wait %d say %c eof", overlap_wait_ms, wanted);
    bool right = ready(fd) && recv(fd, &letter, 1, MSG_DONTWAIT) == 1 && letter == wanted;
    close(fd);
    return right;
}

#define CASE(function)                             \
    static bool wait_##function(int index)         \
    {                                              \
        return letter_ready(index, by_##function); \
    }
CASE(poll)
CASE(ppoll)
CASE(select)
CASE(pselect)
CASE(epoll_wait)
CASE(epoll_pwait)
CASE(epoll_pwait2)

int main(int argc, char **argv)
{
    static const struct overlap_case cases[] = {
        {"poll", wait_poll},
        {"ppoll", wait_ppoll},
        {"select", wait_select},
        {"pselect", wait_pselect},
        {"epoll_wait", wait_epoll_wait},
        {"epoll_pwait", wait_epoll_pwait},
        {"epoll_pwait2", wait_epoll_pwait2},
        {NULL, NULL},
    };
    return overlap_main(argc, argv, cases);
}
