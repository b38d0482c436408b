/* overlap_receive: tasks that wait for a byte in recv and its relatives. */
#include "facts.h"
#include "overlap.h"
#include "peer_client.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Not known to the compiler, so that fortified calls check it at run time. */
static volatile size_t most = 8;

static bool receive_letter(int index, ssize_t (*receive)(int fd, char *letter))
{
    char wanted = (char)('a' + index % 26), letter = 0;
    int fd = peer_open("wait %d say %c", overlap_wait_ms, wanted);
    ssize_t got = receive(fd, &letter);
    close(fd);
    return got == 1 && letter == wanted;
}

static ssize_t by_recv(int fd, char *letter)
{
    char bytes[8];
    ssize_t got = recv(fd, bytes, most, 0);
    *letter = bytes[0];
    return got;
}

static ssize_t by_recvfrom(int fd, char *letter)
{
    char bytes[8];
    ssize_t got = recvfrom(fd, bytes, most, 0, NULL, NULL);
    *letter = bytes[0];
    return got;
}

static ssize_t by_recvmsg(int fd, char *letter)
{
    struct iovec part = {letter, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    return recvmsg(fd, &message, 0);
}

static ssize_t by_recvmmsg(int fd, char *letter)
{
    struct iovec part = {letter, 1};
    struct mmsghdr message = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
    return recvmmsg(fd, &message, 1, 0, NULL) == 1 ? (ssize_t)message.msg_len : -1;
}

static ssize_t by_read(int fd, char *letter)
{
    char bytes[8];
    ssize_t got = read(fd, bytes, most);
    *letter = bytes[0];
    return got;
}

static ssize_t by_readv(int fd, char *letter)
{
    char spare[8];
    struct iovec parts[] = {{letter, 1}, {spare, sizeof spare}};
    return readv(fd, parts, 2);
}

#define CASE(function)                               \
    static bool wait_##function(int index)           \
    {                                                \
        return receive_letter(index, by_##function); \
    }
CASE(recv)
CASE(recvfrom)
CASE(recvmsg)
CASE(recvmmsg)
CASE(read)
CASE(readv)

int main(int argc, char **argv)
{
    static const struct overlap_case cases[] = {
        {"recv", wait_recv},
        {"recvfrom", wait_recvfrom},
        {"recvmsg", wait_recvmsg},
        {"recvmmsg", wait_recvmmsg},
        {"read", wait_read},
        {"readv", wait_readv},
        {NULL, NULL},
    };
    return overlap_main(argc, argv, cases);
}
