/* errno_clobbered: a call that succeeds leaves errno as it was, the very first one as well, which
 * has the real function to find. */
#include "company.h"
#include "facts.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { MARK = 4242 };

/* Evaluates a call between setting errno and looking at it. */
#define TELL(call)                                                                            \
    do {                                                                                      \
        errno = MARK;                                                                         \
        long result = (long)(call);                                                           \
        int after = errno;                                                                    \
        fact("%s: %ld, errno %s", #call, result, after == MARK ? "kept" : error_name(after)); \
    } while (0)

static void sockets(void)
{
    int ends[2];
    char bytes[8] = "x";
    struct iovec part = {bytes, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    struct mmsghdr messages = {.msg_hdr = message};
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    TELL(send(ends[0], bytes, 1, 0));
    TELL(recv(ends[1], bytes, 1, 0));
    TELL(sendto(ends[0], bytes, 1, 0, NULL, 0));
    TELL(recvfrom(ends[1], bytes, 1, 0, NULL, NULL));
    TELL(sendmsg(ends[0], &message, 0));
    TELL(recvmsg(ends[1], &message, 0));
    TELL(sendmmsg(ends[0], &messages, 1, 0));
    TELL(recvmmsg(ends[1], &messages, 1, 0, NULL));
    TELL(write(ends[0], bytes, 1));
    TELL(read(ends[1], bytes, 1));
    TELL(writev(ends[0], &part, 1));
    TELL(readv(ends[1], &part, 1));
    TELL(recv(ends[1], bytes, 1, MSG_DONTWAIT));
    TELL(close(ends[0]));
    TELL(close(ends[1]));
    TELL(close(ends[1]));
}

static void others(void)
{
    struct timespec shortly = {0, 1000000};
    struct timeval soon = {0, 1000};
    struct epoll_event event;
    int epoll = must(epoll_create1(0), "epoll_create1");
    TELL(poll(NULL, 0, 1));
    TELL(ppoll(NULL, 0, &shortly, NULL));
    TELL(select(0, NULL, NULL, NULL, &soon));
    TELL(pselect(0, NULL, NULL, NULL, &shortly, NULL));
    TELL(epoll_wait(epoll, &event, 1, 1));
    TELL(epoll_pwait(epoll, &event, 1, 1, NULL));
    TELL(epoll_pwait2(epoll, &event, 1, &shortly, NULL));
    TELL(nanosleep(&shortly, NULL));
    TELL(clock_nanosleep(CLOCK_MONOTONIC, 0, &shortly, NULL));
    TELL(usleep(10));
    TELL(sleep(0));
    TELL(signal(SIGUSR2, SIG_IGN) == SIG_ERR);
    TELL(sigaction(SIGUSR2, NULL, NULL));
    TELL(dup2(epoll, 60));
    TELL(dup3(epoll, 61, 0));
    TELL(close(61));
    TELL(close(60));
    TELL(close(epoll));
}

static void scene(void)
{
    sockets();
    others();
}

int main(void)
{
    play(scene);
}
