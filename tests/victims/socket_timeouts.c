/* socket_timeouts: SO_RCVTIMEO and SO_SNDTIMEO end a wait when they say. */
#include "company.h"
#include "facts.h"
#include "peer_client.h"

#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define TIMEOUT_S 0.4

static char bytes[1 << 16];

static void set_timeout(int fd, int option)
{
    struct timeval timeout = {.tv_usec = (suseconds_t)(TIMEOUT_S * 1e6)};
    must(setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof timeout), "setsockopt");
}

static ssize_t by_recv(int fd)
{
    return recv(fd, bytes, sizeof bytes, 0);
}

static ssize_t by_recvfrom(int fd)
{
    return recvfrom(fd, bytes, sizeof bytes, 0, NULL, NULL);
}

static ssize_t by_recvmsg(int fd)
{
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    return recvmsg(fd, &message, 0);
}

static ssize_t by_read(int fd)
{
    return read(fd, bytes, sizeof bytes);
}

static ssize_t by_readv(int fd)
{
    struct iovec part = {bytes, sizeof bytes};
    return readv(fd, &part, 1);
}

static void tell(const char *name, ssize_t (*call)(int fd), int fd)
{
    struct start start = start_now();
    const char *what = outcome(call(fd));
    fact("%s %s, in time %d", name, what, took(start, TIMEOUT_S));
}

static void receiving(void)
{
    int fd = peer_open("wait 60000");
    set_timeout(fd, SO_RCVTIMEO);
    tell("recv", by_recv, fd);
    tell("recvfrom", by_recvfrom, fd);
    tell("recvmsg", by_recvmsg, fd);
    tell("read", by_read, fd);
    tell("readv", by_readv, fd);
    close(fd);
}

/* ---- what no hook sees: the library has looked the functions up by itself ---- */

static void *find_unseen(const char *name)
{
    void *libc = dlopen("libc.so.6", RTLD_NOW);
    void *function = libc ? dlsym(libc, name) : NULL;
    must(function ? 0 : -1, name);
    return function;
}

static void set_timeout_unseen(int fd)
{
    struct timeval timeout = {.tv_usec = (suseconds_t)(TIMEOUT_S * 1e6)};
    __typeof__(&setsockopt) set = (__typeof__(&setsockopt))find_unseen("setsockopt");
    must(set(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout), "setsockopt unseen");
}

/* Then its number, for which a wait has found no timeout, comes to name another socket. */
static void receiving_unseen(void)
{
    __typeof__(&dup2) copy = (__typeof__(&dup2))find_unseen("dup2");
    int fd = peer_open("wait 60000"), reused = peer_open("wait 20 say a wait 60000");
    set_timeout_unseen(fd);
    tell("recv with a timeout unseen", by_recv, fd);
    fact("recv %s", outcome(recv(reused, bytes, 1, 0)));
    must(copy(fd, reused), "dup2 unseen");
    tell("recv of another under the number", by_recv, reused);
    close(reused);
    close(fd);
}

/* ---- other calls ---- */

static ssize_t by_accept(int fd)
{
    return accept(fd, NULL, NULL);
}

static void accepting(void)
{
    int port, listener = listen_loopback(&port, 1);
    set_timeout(listener, SO_RCVTIMEO);
    tell("accept", by_accept, listener);
    close(listener);
}

/* It has the timeout of the socket that listens, with which nobody has been called. */
static void receiving_from_accepted(void)
{
    int port, listener = listen_loopback(&port, 1);
    int peer = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    set_timeout(listener, SO_RCVTIMEO);
    must(connect_loopback(peer, port), "connect");
    int fd = must(accept(listener, NULL, NULL), "accept");
    tell("recv of what was accepted", by_recv, fd);
    close(fd);
    close(peer);
    close(listener);
}

/* A send takes what fits and reports it when the time is up; in the end one can do nothing. */
static void sending(void)
{
    static char much[16 << 20];
    int fd = peer_open("wait 60000");
    set_timeout(fd, SO_SNDTIMEO);
    struct start start = start_now();
    ssize_t sent = send(fd, much, sizeof much, 0);
    fact("send: some %d, in time %d", sent > 0 && sent < (ssize_t)sizeof much,
         took(start, TIMEOUT_S));
    ssize_t more;
    do {
        start = start_now();
        more = send(fd, much, sizeof much, 0);
    } while (more > 0);
    const char *what = outcome(more);
    fact("send at last %s, in time %d", what, took(start, TIMEOUT_S));
    close(fd);
}

static void connecting(void)
{
    int peer = peer_full(60000), port = peer_full_port(peer);
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    set_timeout(fd, SO_SNDTIMEO);
    struct start start = start_now();
    const char *what = outcome(connect_loopback(fd, port));
    fact("connect %s, in time %d", what, took(start, TIMEOUT_S));
    close(fd);
    close(peer);
}

/* Data that comes within the time is not touched by it. */
static void receiving_in_time(void)
{
    int fd = peer_open("wait 50 say a wait 50 say b");
    set_timeout(fd, SO_RCVTIMEO);
    fact("recv %s", outcome(recv(fd, bytes, 2, MSG_WAITALL)));
    fact("then %s", outcome(recv(fd, bytes, 2, 0)));
    close(fd);
}

/* Less than SO_RCVLOWAT is not reported, but it is there. */
static void receiving_little(void)
{
    int fd = peer_open("wait 50 say aaaaaaaaaa wait 50 say b wait 60000"), least = 10;
    must(setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least), "SO_RCVLOWAT");
    fact("recv of ten %s", outcome(recv(fd, bytes, 10, 0)));
    must((int)send(fd, "x", 1, 0), "send");
    usleep(200000);
    fact("recv of one %s", outcome(recv(fd, bytes, 1, 0)));
    close(fd);
}

static void scene(void)
{
    receiving();
    receiving_unseen();
    accepting();
    receiving_from_accepted();
    sending();
    connecting();
    receiving_in_time();
    receiving_little();
}

int main(void)
{
    play(scene);
}
