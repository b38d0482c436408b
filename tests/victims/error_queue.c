/* error_queue: a socket in whose queue of errors something stays is ready to poll, and not to recv,
 * which waits as long as it otherwise would, and not by trying again and again. */
#include "company.h"
#include "counted_recv.h"
#include "facts.h"

#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define LIMIT_S 0.2

/* By milliseconds, not microseconds. */
enum { FEW = 500 };

/* A port that nobody has any more. */
static struct sockaddr_in nobody(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    must(bind(fd, (struct sockaddr *)&address, size), "bind");
    must(getsockname(fd, (struct sockaddr *)&address, &size), "getsockname");
    close(fd);
    return address;
}

static int refused(void)
{
    struct sockaddr_in address = nobody();
    int fd = must(socket(AF_INET, SOCK_DGRAM, 0), "socket"), on = 1;
    must(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on), "IP_RECVERR");
    must(connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
    must((int)send(fd, "x", 1, 0), "send");
    return fd;
}

static void scene(void)
{
    char byte;
    int fd = refused();
    struct timeval limit = {0, (suseconds_t)(LIMIT_S * 1e6)};
    struct pollfd state = {.fd = fd, .events = POLLIN};
    fact("refused: %s", outcome(recv(fd, &byte, 1, 0)));
    fact("poll %s, an error %d", outcome(poll(&state, 1, -1)), state.revents == POLLERR);
    must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), "SO_RCVTIMEO");
    unsigned before = counted_recvs;
    struct start start = start_now();
    const char *end = outcome(recv(fd, &byte, 1, 0));
    fact("recv %s, in time %d", end, took(start, LIMIT_S));
    fact("tried a few times: %d", counted_recvs - before < FEW);
    struct msghdr message;
    memset(&message, 0, sizeof message);
    fact("taken: %s", outcome(recvmsg(fd, &message, MSG_ERRQUEUE)));
    fact("poll %s", outcome(poll(&state, 1, 0)));
    close(fd);
}

int main(void)
{
    play(scene);
}
