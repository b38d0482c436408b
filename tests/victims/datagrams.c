/* datagrams: one call, one datagram; addresses, truncation, refusals, and many at once. */
#include "company.h"
#include "facts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int datagram_socket(struct sockaddr_in *address)
{
    socklen_t size = sizeof *address;
    int fd = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    must(bind(fd, (struct sockaddr *)address, sizeof *address), "bind");
    must(getsockname(fd, (struct sockaddr *)address, &size), "getsockname");
    return fd;
}

static void send_to(int fd, const char *bytes, size_t size, const struct sockaddr_in *to)
{
    fact("sendto %s", outcome(sendto(fd, bytes, size, 0, (const struct sockaddr *)to, sizeof *to)));
}

static void boundaries(int here, int there, const struct sockaddr_in *here_at,
                       const struct sockaddr_in *there_at)
{
    char bytes[8];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    send_to(here, "abc", 3, there_at);
    send_to(here, "", 0, there_at);
    send_to(here, "defgh", 5, there_at);
    fact("recvfrom %s",
         outcome(recvfrom(there, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &size)));
    fact("from him: %d", size == sizeof from && from.sin_port == here_at->sin_port);
    fact("the empty one %s", outcome(recv(there, bytes, sizeof bytes, 0)));
    fact("cut off %s", outcome(recv(there, bytes, 2, MSG_TRUNC)));
    fact("and gone %s", outcome(recv(there, bytes, 2, MSG_DONTWAIT)));
}

static void many(int here, int there, const struct sockaddr_in *there_at)
{
    char bytes[4][8];
    struct iovec parts[4];
    struct mmsghdr messages[4] = {0};
    for (int i = 0; i < 4; i++) {
        parts[i] = (struct iovec){bytes[i], sizeof bytes[i]};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    send_to(here, "ab", 2, there_at);
    send_to(here, "cde", 3, there_at);
    fact("recvmmsg for one %s", outcome(recvmmsg(there, messages, 4, MSG_WAITFORONE, NULL)));
    fact("sizes %u %u", messages[0].msg_len, messages[1].msg_len);

    struct timespec none = {0, 0};
    send_to(here, "f", 1, there_at);
    fact("recvmmsg in no time %s", outcome(recvmmsg(there, messages, 4, 0, &none)));
    fact("recvmmsg of none %s", outcome(recvmmsg(there, messages, 0, 0, NULL)));
}

static void refused(int here)
{
    struct sockaddr_in nobody;
    char byte;
    close(datagram_socket(&nobody));
    must(connect(here, (struct sockaddr *)&nobody, sizeof nobody), "connect");
    fact("send to nobody %s", outcome(send(here, "x", 1, 0)));
    fact("recv then %s", outcome(recv(here, &byte, 1, 0)));
}

/* A receive that must wait: the other side's data comes from a thread of no tasks, here a timer in
 * the socket itself. */
static void too_late(int there)
{
    struct timeval timeout = {.tv_usec = 50000};
    char byte;
    must(setsockopt(there, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout), "SO_RCVTIMEO");
    struct start start = start_now();
    const char *what = outcome(recv(there, &byte, 1, 0));
    fact("nothing came: %s, in time %d", what, took(start, 0.05));
    start = start_now();
    what = outcome(recv(there, &byte, 0, 0));
    fact("nothing to take: %s, in time %d", what, took(start, 0.05));
}

static void scene(void)
{
    struct sockaddr_in here_at, there_at;
    int here = datagram_socket(&here_at), there = datagram_socket(&there_at);
    boundaries(here, there, &here_at, &there_at);
    many(here, there, &there_at);
    too_late(there);
    refused(here);
    close(here);
    close(there);
}

int main(void)
{
    play(scene);
}
