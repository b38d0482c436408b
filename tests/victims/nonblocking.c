/* nonblocking: who asks not to wait does not wait, whichever way he asks. */
#include "company.h"
#include "facts.h"
#include "peer_client.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static char bytes[1 << 16];

static void tell_receiving(int fd, int flags)
{
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    struct mmsghdr messages[2] = {{.msg_hdr = message}, {.msg_hdr = message}};
    fact("recv %s", outcome(recv(fd, bytes, sizeof bytes, flags)));
    fact("recvfrom %s", outcome(recvfrom(fd, bytes, sizeof bytes, flags, NULL, NULL)));
    fact("recvmsg %s", outcome(recvmsg(fd, &message, flags)));
    fact("recvmmsg %s", outcome(recvmmsg(fd, messages, 2, (unsigned)flags, NULL)));
    fact("recv all %s", outcome(recv(fd, bytes, sizeof bytes, flags | MSG_WAITALL)));
}

static void tell_reading(int fd)
{
    struct iovec part = {bytes, sizeof bytes};
    fact("read %s", outcome(read(fd, bytes, sizeof bytes)));
    fact("readv %s", outcome(readv(fd, &part, 1)));
}

/* Sends until the buffers are full; what is told is how it ended. */
static void tell_sending(int fd, int flags)
{
    while (send(fd, bytes, sizeof bytes, flags) > 0)
        ;
    fact("send %s", error_name(errno));
    fact("sendto %s", outcome(sendto(fd, bytes, sizeof bytes, flags, NULL, 0)));
}

static void set_nonblocking(int fd)
{
    must(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), "F_SETFL");
}

static void by_descriptor(void)
{
    int fd = peer_open("wait 60000");
    set_nonblocking(fd);
    tell_receiving(fd, 0);
    tell_reading(fd);
    tell_sending(fd, 0);
    fact("write %s", outcome(write(fd, bytes, sizeof bytes)));
    close(fd);
}

static void by_flag(void)
{
    int fd = peer_open("wait 60000");
    tell_receiving(fd, MSG_DONTWAIT);
    tell_sending(fd, MSG_DONTWAIT);
    fact("still blocking: %d", !(fcntl(fd, F_GETFL) & O_NONBLOCK));
    close(fd);
}

static void by_listener(void)
{
    int port, listener = listen_loopback(&port, 1);
    set_nonblocking(listener);
    fact("accept %s", outcome(accept(listener, NULL, NULL)));
    fact("accept4 %s", outcome(accept4(listener, NULL, NULL, SOCK_CLOEXEC)));
    close(listener);
}

static void by_pipe(void)
{
    int ends[2];
    must(pipe2(ends, O_NONBLOCK), "pipe2");
    fact("read of a pipe %s", outcome(read(ends[0], bytes, sizeof bytes)));
    while (write(ends[1], bytes, sizeof bytes) > 0)
        ;
    fact("write to a pipe %s", error_name(errno));
    close(ends[0]);
    close(ends[1]);
}

static void scene(void)
{
    struct start start = start_now();
    by_descriptor();
    by_flag();
    by_listener();
    by_pipe();
    fact("at once: %d", took(start, 0));
}

int main(void)
{
    play(scene);
}
