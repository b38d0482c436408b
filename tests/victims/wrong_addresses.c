/* wrong_addresses [task]: what calls say of addresses that are no memory of the program's. libc
 * passes them to the kernel, which says EFAULT: the Linux Test Project's poll02, nanosleep04,
 * recvmsg01 and connect01 are such programs, and gVisor (google/gvisor 1270) and QEMU's user mode
 * had to learn it. A hook that reads there first would end the program. */
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <greq/greq.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *wrong; /* a page that may not be touched */
static int ends[2], pipe_ends[2];

/* Says what the call said, with three bytes to be read in both. */
#define TRY(call)                          \
    do {                                   \
        fill();                            \
        fact(#call ": %s", outcome(call)); \
    } while (0)

static void fill(void)
{
    char bytes[16];
    (void)!recv(ends[0], bytes, sizeof bytes, MSG_DONTWAIT);
    must((int)send(ends[1], "abc", 3, 0), "send");
    must((int)write(pipe_ends[1], "abc", 3), "write");
    (void)!read(pipe_ends[0], bytes, 3);
    must((int)write(pipe_ends[1], "abc", 3), "write");
}

static void try_waits(void)
{
    const struct timespec brief = {0, 1000};
    struct timeval moment = {0, 1000};
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = must(epoll_create1(0), "epoll_create1");
    epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
    TRY(poll(wrong, 1, 10));
    TRY(poll(wrong, 3, -1));
    TRY(poll((void *)UINTPTR_MAX, 1, 10));
    TRY(ppoll(wrong, 1, &brief, NULL));
    TRY(ppoll(NULL, 0, &brief, wrong));
    TRY(select(5, wrong, NULL, NULL, &moment));
    TRY(select(5, NULL, NULL, wrong, &moment));
    TRY(pselect(5, NULL, wrong, NULL, &brief, NULL));
    TRY(epoll_wait(epoll, wrong, 1, 10));
    TRY(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], wrong));
    TRY(nanosleep(wrong, NULL));
    TRY(-clock_nanosleep(CLOCK_MONOTONIC, 0, wrong, NULL));
    TRY(waitid(P_ALL, 0, wrong, WEXITED | WNOHANG));
    close(epoll);
}

static void try_reads(void)
{
    char bytes[8];
    socklen_t size = sizeof(struct sockaddr_in);
    struct iovec nowhere = {wrong, 4}, partly[2] = {{bytes, 2}, {wrong, 4}};
    struct msghdr empty = {.msg_iov = wrong, .msg_iovlen = 1}, into = {.msg_iov = &nowhere};
    into.msg_iovlen = 1;
    TRY(read(ends[0], wrong, 4));
    TRY(read(pipe_ends[0], wrong, 4));
    TRY(readv(ends[0], wrong, 1));
    TRY(readv(pipe_ends[0], wrong, 2));
    TRY(readv(ends[0], &nowhere, 1));
    TRY(readv(ends[0], partly, -1));
    TRY(recv(ends[0], wrong, 4, 0));
    TRY(recvfrom(ends[0], wrong, 4, 0, NULL, &size));
    TRY(recvmsg(ends[0], wrong, 0));
    TRY(recvmsg(ends[0], &empty, 0));
    TRY(recvmsg(ends[0], &into, 0));
    TRY(recvmmsg(ends[0], wrong, 1, 0, NULL));
}

static void try_writes(void)
{
    char bytes[8] = "";
    struct iovec nowhere = {wrong, 4}, partly[2] = {{bytes, 2}, {wrong, 4}};
    struct msghdr empty = {.msg_iov = wrong, .msg_iovlen = 1}, from = {.msg_iov = &nowhere};
    int stream = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    from.msg_iovlen = 1;
    TRY(write(ends[1], wrong, 4));
    TRY(write(pipe_ends[1], wrong, 4));
    TRY(writev(ends[1], wrong, 1));
    TRY(writev(pipe_ends[1], wrong, 1));
    TRY(writev(pipe_ends[1], &nowhere, 1));
    TRY(writev(ends[1], partly, 2000));
    TRY(send(ends[1], wrong, 4, 0));
    TRY(sendto(stream, bytes, 4, 0, wrong, 16));
    TRY(sendmsg(ends[1], wrong, 0));
    TRY(sendmsg(ends[1], &empty, 0));
    TRY(sendmsg(ends[1], &from, 0));
    TRY(sendmmsg(ends[1], wrong, 1, 0));
    TRY(connect(stream, wrong, 16));
    TRY(connect(stream, wrong, (socklen_t)-1));
    TRY(fcntl(stream, F_SETLKW, wrong));
    close(stream);
}

static struct sockaddr_in listen_anywhere(int *listener)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    *listener = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(bind(*listener, (struct sockaddr *)&address, size), "bind");
    must(listen(*listener, 4), "listen");
    getsockname(*listener, (struct sockaddr *)&address, &size);
    return address;
}

/* The kernel throws away what it is told to truncate all of. */
static void try_truncated(void)
{
    int listener, fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    struct sockaddr_in address = listen_anywhere(&listener);
    must(connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
    int end = must(accept(listener, NULL, NULL), "accept");
    must((int)send(end, "0123456789012345678901234567890", 30, 0), "send");
    fact("recv, truncated: %s", outcome(recv(fd, wrong, 30, MSG_TRUNC)));
    close(fd);
    close(end);
    close(listener);
}

enum { CONNECTIONS = 300, PAGE = 4096, SENT = 40 };

static void *volatile sent_page;

static void *unmap_what_came(void *listener)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        char bytes[SENT];
        int end = must(accept(*(int *)listener, NULL, NULL), "accept");
        while (recv(end, bytes, sizeof bytes, MSG_WAITALL) < 0)
            ;
        munmap(sent_page, PAGE);
        close(end);
    }
    return NULL;
}

/* Who has received it knows that nobody needs it any more, maybe before the write has returned. */
static void try_unmapped(void)
{
    int listener, failed = 0;
    struct sockaddr_in address = listen_anywhere(&listener);
    pthread_t thread;
    must(-pthread_create(&thread, NULL, unmap_what_came, &listener), "pthread_create");
    for (int i = 0; i < CONNECTIONS; i++) {
        char byte;
        int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
        sent_page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        must(connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
        failed += write(fd, sent_page, SENT) != SENT;
        failed += recv(fd, &byte, 1, 0) != 0;
        close(fd);
    }
    pthread_join(thread, NULL);
    close(listener);
    fact("of what was unmapped %d failed", failed);
}

static void try_programs(void)
{
    char *arguments[] = {"true", NULL}, *strings[] = {wrong, NULL};
    TRY(execve(wrong, arguments, NULL));
    TRY(execve("/bin/true", wrong, NULL));
    TRY(execve("/bin/true", arguments, wrong));
    TRY(execve("/bin/true", arguments, strings));
    TRY(open(wrong, O_RDONLY));
}

static void *try_all(void *none)
{
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    must(pipe(pipe_ends), "pipe");
    try_waits();
    try_reads();
    try_writes();
    try_truncated();
    try_unmapped();
    try_programs();
    return none;
}

int main(int argc, char **argv)
{
    (void)argv;
    wrong = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(wrong == MAP_FAILED ? -1 : 0, "mmap");
    if (argc == 1)
        try_all(NULL);
    else
        must(-greq_map(try_all, (void *[1]){NULL}, (void *[1]){NULL}, 1, 1), "greq_map");
}
