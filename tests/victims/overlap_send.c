/* overlap_send: tasks that send 4 MiB each, in one blocking call, to a peer that reads late. */
#include "data_byte.h"
#include "facts.h"
#include "overlap.h"
#include "peer_client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SIZE = 4 << 20, PARTS = 4, PART = SIZE / PARTS };

static char data[SIZE];

static void parts_set(struct iovec parts[PARTS])
{
    for (int i = 0; i < PARTS; i++)
        parts[i] = (struct iovec){data + i * PART, PART};
}

static ssize_t by_send(int fd)
{
    return send(fd, data, SIZE, 0);
}

static ssize_t by_sendto(int fd)
{
    return sendto(fd, data, SIZE, 0, NULL, 0);
}

static ssize_t by_sendmsg(int fd)
{
    struct iovec parts[PARTS];
    parts_set(parts);
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = PARTS};
    return sendmsg(fd, &message, 0);
}

static ssize_t by_sendmmsg(int fd)
{
    struct iovec parts[PARTS];
    struct mmsghdr messages[PARTS] = {0};
    parts_set(parts);
    for (int i = 0; i < PARTS; i++)
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    if (sendmmsg(fd, messages, PARTS, 0) != PARTS)
        return -1;
    ssize_t sent = 0;
    for (int i = 0; i < PARTS; i++)
        sent += messages[i].msg_len;
    return sent;
}

static ssize_t by_write(int fd)
{
    return write(fd, data, SIZE);
}

static ssize_t by_writev(int fd)
{
    struct iovec parts[PARTS];
    parts_set(parts);
    return writev(fd, parts, PARTS);
}

/* The peer starts to read when the buffers between have long been full, so the call must wait. */
static bool send_data(ssize_t (*send_all)(int fd))
{
    int small = 256 << 10;
    char verdict[4];
    int fd = peer_open("wait %d digest %d", overlap_wait_ms, SIZE);
    must(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), "SO_SNDBUF");
    bool complete = send_all(fd) == SIZE;
    bool arrived = complete && recv(fd, verdict, 4, MSG_WAITALL) == 4;
    close(fd);
    return arrived && memcmp(verdict, "good", 4) == 0;
}

#define CASE(function)                     \
    static bool wait_##function(int index) \
    {                                      \
        (void)index;                       \
        return send_data(by_##function);   \
    }
CASE(send)
CASE(sendto)
CASE(sendmsg)
CASE(sendmmsg)
CASE(write)
CASE(writev)

int main(int argc, char **argv)
{
    static const struct overlap_case cases[] = {
        {"send", wait_send},
        {"sendto", wait_sendto},
        {"sendmsg", wait_sendmsg},
        {"sendmmsg", wait_sendmmsg},
        {"write", wait_write},
        {"writev", wait_writev},
        {NULL, NULL},
    };
    for (size_t i = 0; i < SIZE; i++)
        data[i] = data_byte(i);
    return overlap_main(argc, argv, cases);
}
