/* message_flags: MSG_WAITALL, MSG_PEEK, MSG_TRUNC, short ends and nothing to ask for. */
#include "company.h"
#include "facts.h"
#include "peer_client.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static void waitall(void)
{
    char bytes[16] = "";
    int fd = peer_open("wait 30 say ab wait 30 say cd wait 30 say ef");
    fact("all: %s %s", outcome(recv(fd, bytes, 4, MSG_WAITALL)), bytes);
    memset(bytes, 0, sizeof bytes);
    fact("all, but it ends: %s %s", outcome(recv(fd, bytes, 8, MSG_WAITALL)), bytes);
    fact("the end: %s", outcome(recv(fd, bytes, 8, MSG_WAITALL)));
    close(fd);
}

static void waitall_in_parts(void)
{
    char first[3] = "", second[4] = "";
    struct iovec parts[] = {{first, 2}, {second, 3}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    int fd = peer_open("wait 30 say a wait 30 say bcd wait 30 say e");
    fact("parts: %s %s %s", outcome(recvmsg(fd, &message, MSG_WAITALL)), first, second);
    fact("their sizes: %zu %zu", parts[0].iov_len, parts[1].iov_len);
    close(fd);
}

static void peek(void)
{
    char bytes[8] = "";
    int fd = peer_open("wait 30 say ab wait 100 say cd");
    fact("peek: %s %s", outcome(recv(fd, bytes, 8, MSG_PEEK)), bytes);
    fact("again: %s %s", outcome(recv(fd, bytes, 8, MSG_PEEK)), bytes);
    fact("peek for all: %s %s", outcome(recv(fd, bytes, 4, MSG_PEEK | MSG_WAITALL)), bytes);
    fact("take: %s %s", outcome(recv(fd, bytes, 8, 0)), bytes);
    close(fd);
}

/* Without MSG_WAITALL a receive takes what is there, in as many parts as that fills. */
static void what_is_there(void)
{
    char first[3] = "", second[8] = "";
    struct iovec parts[] = {{first, 2}, {second, 7}};
    int fd = peer_open("wait 30 say abcd wait 60 say e");
    fact("readv: %s %s %s", outcome(readv(fd, parts, 2)), first, second);
    fact("read: %s", outcome(read(fd, second, 7)));
    fact("read at the end: %s", outcome(read(fd, second, 7)));
    close(fd);
}

static void nothing(void)
{
    char byte;
    int fd = peer_open("wait 50 say a");
    fact("recv of 0: %s", outcome(recv(fd, &byte, 0, 0)));
    fact("read of 0: %s", outcome(read(fd, &byte, 0)));
    fact("readv of 0: %s", outcome(readv(fd, NULL, 0)));
    fact("send of 0: %s", outcome(send(fd, &byte, 0, 0)));
    fact("write of 0: %s", outcome(write(fd, &byte, 0)));
    fact("then: %s", outcome(recv(fd, &byte, 1, 0)));
    close(fd);
}

static void with_control(void)
{
    int ends[2], other[2], passed = -1;
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    must(pipe(other), "pipe");
    char byte = 'x', control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(header), &other[0], sizeof(int));
    fact("sendmsg: %s", outcome(sendmsg(ends[0], &message, 0)));
    memset(control, 0, sizeof control);
    fact("recvmsg: %s", outcome(recvmsg(ends[1], &message, MSG_CMSG_CLOEXEC)));
    memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
    must((int)write(other[1], "y", 1), "write");
    fact("the passed descriptor: %s", outcome(read(passed, &byte, 1)));
    fact("what it had: %c", byte);
    for (int i = 0; i < 2; i++) {
        close(ends[i]);
        close(other[i]);
    }
    close(passed);
}

static void scene(void)
{
    waitall();
    waitall_in_parts();
    peek();
    what_is_there();
    nothing();
    with_control();
}

int main(void)
{
    play(scene);
}
