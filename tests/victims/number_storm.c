/*
 * number_storm [STEPS]: numbers of descriptors come to name other files in every way there is, seen
 * by a hook or not, while another task is busy all the time. Whoever waits for data gets them, and
 * soon; and O_NONBLOCK is believed whoever set it, also a child.
 */
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <greq/greq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOTS = 24, STEPS = 20000, STEPS_BETWEEN_FORKS = 2000 };

/* A wait that takes as long for its data has been forgotten; the machine may be busy. */
static const double late_s = 2;

static struct pair {
    int mine, other;
} pairs[SLOTS];
static struct counts {
    unsigned reused, wrong, late;
} counts;
static double longest;

/* ---- the busy neighbour, who sends what is waited for ---- */

static struct {
    int fd;         /* -1: nothing is to be sent */
    unsigned after; /* times that he has had his turn */
    char byte;
    double sent;
} order = {.fd = -1};
static bool over;

static void send_order(void)
{
    order.sent = now_s();
    must((int)syscall(SYS_write, order.fd, &order.byte, (size_t)1), "write");
    order.fd = -1;
}

static void *be_busy(void *none)
{
    while (!over) {
        if (order.fd >= 0 && !order.after--)
            send_order();
        greq_yield();
    }
    return none;
}

static void take(int fd, bool by_recv)
{
    static unsigned number;
    char byte = 0, expected = (char)('a' + number++ % 26);
    order.byte = expected;
    if (greq_active())
        order.after = number % 3;
    else
        send_order();
    ssize_t got = by_recv ? recv(fd, &byte, 1, 0) : read(fd, &byte, 1);
    double took_s = now_s() - order.sent;
    longest = took_s > longest ? took_s : longest;
    counts.wrong += got != 1 || byte != expected;
    counts.late += took_s > late_s;
}

/* ---- ways to close, and to open ---- */

static void close_plainly(int fd)
{
    close(fd);
}

static void close_by_fclose(int fd)
{
    fclose(fdopen(fd, "r"));
}

static void close_by_system_call(int fd)
{
    syscall(SYS_close, fd);
}

static void close_by_range(int fd)
{
    close_range((unsigned)fd, (unsigned)fd, 0);
}

static void (*const closers[])(int fd) = {close_plainly, close_by_fclose, close_by_system_call,
                                          close_by_range};

static void open_plainly(int ends[2])
{
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
}

static void open_by_system_call(int ends[2])
{
    must((int)syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
}

static void open_a_pipe(int ends[2])
{
    must(pipe2(ends, O_CLOEXEC), "pipe2");
}

static void open_by_dup(int ends[2])
{
    int first[2];
    open_plainly(first);
    ends[0] = must(dup(first[0]), "dup");
    ends[1] = first[1];
    close(first[0]);
}

union rights {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(int))];
};

static struct msghdr message_of(union rights *rights, struct iovec *text)
{
    *rights = (union rights){.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    return (struct msghdr){.msg_iov = text,
                           .msg_iovlen = 1,
                           .msg_control = rights->room,
                           .msg_controllen = sizeof rights->room};
}

/* The number is new, and comes with a message. */
static void open_by_message(int ends[2])
{
    static int channel[2] = {-1, -1};
    char byte = 'x';
    struct iovec text = {&byte, 1};
    union rights rights;
    struct msghdr message = message_of(&rights, &text);
    if (channel[0] < 0)
        open_plainly(channel);
    open_plainly(ends);
    memcpy(CMSG_DATA(&rights.head), &ends[0], sizeof(int));
    must((int)sendmsg(channel[0], &message, 0), "sendmsg");
    syscall(SYS_close, ends[0]);
    message = message_of(&rights, &text);
    must((int)recvmsg(channel[1], &message, MSG_CMSG_CLOEXEC), "recvmsg");
    memcpy(&ends[0], CMSG_DATA(&rights.head), sizeof(int));
}

static void (*const openers[])(int ends[2]) = {open_plainly, open_by_system_call, open_a_pipe,
                                               open_plainly, open_by_dup,         open_by_message};

/* ---- what is done with a number ---- */

enum { CLOSERS = sizeof closers / sizeof *closers, OPENERS = sizeof openers / sizeof *openers };

static void reuse(struct pair *pair, unsigned step)
{
    int ends[2];
    bool is_pipe = openers[step / CLOSERS % OPENERS] == open_a_pipe;
    if (step % 7 == 0) { /* another file is put in its place */
        open_plainly(ends);
        must(dup2(ends[0], pair->mine), "dup2");
        close(ends[0]);
        ends[0] = pair->mine;
        close(pair->other);
        is_pipe = false;
    } else {
        closers[step % CLOSERS](pair->mine);
        close(pair->other);
        openers[step / CLOSERS % OPENERS](ends);
    }
    *pair = (struct pair){ends[0], ends[1]};
    counts.reused++;
    for (unsigned waits = step % 5; waits; waits--) {
        if (!is_pipe && waits % 2)
            must((int)send(pair->mine, "?", 1, 0), "send");
        order.fd = pair->other;
        take(pair->mine, !is_pipe && step % 2);
    }
}

/* Nobody is sending: the answer is EAGAIN, and at once. */
static void expect_nonblocking(int fd)
{
    char byte;
    double start = now_s();
    counts.wrong += recv(fd, &byte, 1, 0) != -1 || errno != EAGAIN;
    counts.late += now_s() - start > late_s;
}

static void set_nonblocking_in_child(int fd)
{
    int on = 1;
    pid_t child = must(fork(), "fork");
    if (!child)
        _exit(ioctl(fd, FIONBIO, &on) != 0);
    int status = -1;
    waitpid(child, &status, 0);
    counts.wrong += status != 0;
}

/* The socket is asked first, so that a wait would not be tried. */
static void change_nonblocking(unsigned step)
{
    int ends[2], on = 1, off = 0;
    open_plainly(ends);
    for (int i = 0; i < 3; i++) {
        must((int)send(ends[0], "?", 1, 0), "send");
        order.fd = ends[1];
        take(ends[0], true);
        must((int)send(ends[0], "?", 1, 0), "send");
        if (i == 0)
            set_nonblocking_in_child(ends[0]);
        else if (i == 1)
            syscall(SYS_ioctl, ends[0], FIONBIO, &on);
        else
            fcntl(ends[0], F_SETFL, O_NONBLOCK);
        expect_nonblocking(ends[0]);
        if (step % 2)
            fcntl(ends[0], F_SETFL, 0);
        else
            ioctl(ends[0], FIONBIO, &off);
    }
    close(ends[0]);
    close(ends[1]);
}

static void *storm(void *steps)
{
    for (int i = 0; i < SLOTS; i++) {
        int ends[2];
        open_plainly(ends);
        pairs[i] = (struct pair){ends[0], ends[1]};
    }
    for (unsigned i = 0; i < *(unsigned *)steps; i++) {
        reuse(&pairs[i * 5 % SLOTS], i);
        if (i % STEPS_BETWEEN_FORKS == 0)
            change_nonblocking(i / STEPS_BETWEEN_FORKS);
    }
    over = true;
    return NULL;
}

int main(int argc, char *argv[])
{
    unsigned steps = argc > 1 ? (unsigned)atoi(argv[1]) : STEPS;
    greq_task *tasks[] = {greq_spawn(storm, &steps), greq_spawn(be_busy, NULL)};
    greq_join(tasks[0], NULL);
    greq_join(tasks[1], NULL);
    fact("reused %u, wrong %u, late %u", counts.reused, counts.wrong, counts.late);
    timing("longest", longest);
}
