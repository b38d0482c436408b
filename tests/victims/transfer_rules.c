/* transfer_rules: what sendfile and splice say: offsets, short transfers, errors, time limits,
 * O_NONBLOCK, interruption. */
#include "alarms.h"
#include "company.h"
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { SIZE = 1 << 20 };

static int file, sockets[2], ends[2];

static void nonblock(int fd, int on)
{
    must(ioctl(fd, FIONBIO, &on), "FIONBIO");
}

/* The file says which byte is where. */
static void open_all(void)
{
    static char data[SIZE];
    int small = 16 << 10;
    for (int i = 0; i < SIZE; i++)
        data[i] = (char)('a' + i % 26);
    file = must(memfd_create("data", 0), "memfd_create");
    must(pwrite(file, data, SIZE, 0) == SIZE ? 0 : -1, "pwrite");
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), "socketpair");
    must(setsockopt(sockets[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), "SO_SNDBUF");
    must(pipe(ends), "pipe");
}

static void close_all(void)
{
    close(file);
    for (int i = 0; i < 2; i++) {
        close(sockets[i]);
        close(ends[i]);
    }
}

/* Reads all that comes, late and by a thread of its own, until the other side is closed. */
static void *drain(void *fd)
{
    static __thread char bytes[SIZE];
    intptr_t sum = 0;
    ssize_t got;
    raw_sleep_ms(50);
    while ((got = read((int)(intptr_t)fd, bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < got; i++)
            sum += bytes[i];
    return (void *)sum;
}

static pthread_t reader;

static void drain_begin(int fd)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    must(-pthread_create(&reader, NULL, drain, (void *)(intptr_t)fd), "pthread_create");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static long drain_end(int writer)
{
    void *sum;
    shutdown(writer, SHUT_WR);
    pthread_join(reader, &sum);
    return (long)(intptr_t)sum;
}

static void tell_sent(const char *name, off_t *offset, size_t size)
{
    const char *what = outcome(sendfile(sockets[0], file, offset, size));
    fact("%s %s, offset %ld, position %ld", name, what, offset ? (long)*offset : -1,
         (long)lseek(file, 0, SEEK_CUR));
}

/* ---- sendfile ---- */

static void offsets(void)
{
    off_t offset = 100;
    open_all();
    drain_begin(sockets[1]);
    tell_sent("by offset", &offset, SIZE / 2);
    tell_sent("by position", NULL, SIZE / 2);
    offset = SIZE - 1000;
    tell_sent("to its end", &offset, SIZE);
    tell_sent("at its end", &offset, SIZE);
    tell_sent("nothing", &offset, 0);
    errno = EPIPE;
    offset = 0;
    const char *what = outcome(sendfile(sockets[0], file, &offset, 5));
    fact("a little %s, errno %s", what, error_name(errno));
    fact("sum %ld", drain_end(sockets[0]));
    close_all();
}

/* The kernel reads such a file into pages of its own. */
static void direct(void)
{
    static char page[4096];
    char path[] = "/tmp/transfer_rules.XXXXXX";
    open_all();
    int named = must(mkstemp(path), "mkstemp");
    must(write(named, page, sizeof page) == sizeof page ? 0 : -1, "write");
    int in = open(path, O_RDONLY | O_DIRECT);
    fact("direct %s", outcome(sendfile(sockets[0], in, NULL, sizeof page)));
    unlink(path);
    close(named);
    close(in);
    close_all();
}

static void errors(void)
{
    off_t offset = -5, start = 0;
    open_all();
    int log = must(open("/tmp", O_TMPFILE | O_RDWR | O_APPEND, 0600), "O_TMPFILE");
    int folder = must(open("/", O_RDONLY | O_DIRECTORY), "open");
    int writer = must(open("/dev/null", O_WRONLY), "open");
    fact("no in %s", outcome(sendfile(sockets[0], -1, NULL, 5)));
    fact("no out %s", outcome(sendfile(-1, file, NULL, 5)));
    fact("in for writing %s", outcome(sendfile(sockets[0], writer, NULL, 5)));
    fact("in a socket %s", outcome(sendfile(sockets[0], sockets[1], NULL, 5)));
    fact("in a pipe, offset %s", outcome(sendfile(sockets[0], ends[0], &start, 5)));
    fact("in a folder %s", outcome(sendfile(sockets[0], folder, NULL, 5)));
    fact("negative %s", outcome(sendfile(sockets[0], file, &offset, 5)));
    fact("out appends %s", outcome(sendfile(log, file, NULL, 5)));
    close(sockets[1]);
    fact("nobody reads %s", outcome(sendfile(sockets[0], file, &start, 5)));
    fact("start %ld", (long)start);
    close(log);
    close(folder);
    close(writer);
    close_all();
}

/* As much as there is room for, and then not at all. */
static void tell_full(const char *name, double least)
{
    off_t offset = 0;
    struct start begin = start_now();
    ssize_t sent = sendfile(sockets[0], file, &offset, SIZE);
    fact("%s: a part %d, offset too %d, in time %d", name, sent > 0 && sent < SIZE, offset == sent,
         took(begin, least));
    begin = start_now();
    const char *what = outcome(sendfile(sockets[0], file, &offset, SIZE));
    fact("%s: full %s, offset kept %d, in time %d", name, what, offset == sent, took(begin, least));
}

static void limits(void)
{
    struct timeval limit = {.tv_usec = 200000};
    open_all();
    nonblock(sockets[0], 1);
    tell_full("O_NONBLOCK", 0);
    fact("still so %d", (fcntl(sockets[0], F_GETFL) & O_NONBLOCK) != 0);
    close_all();
    open_all();
    must(setsockopt(sockets[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit), "SO_SNDTIMEO");
    tell_full("SO_SNDTIMEO", 0.2);
    fact("still blocking %d", (fcntl(sockets[0], F_GETFL) & O_NONBLOCK) == 0);
    close_all();
}

static void to_pipe(void)
{
    off_t offset = 0;
    open_all();
    must(fcntl(ends[1], F_SETPIPE_SZ, 8192), "F_SETPIPE_SZ");
    fact("to a pipe %s", outcome(sendfile(ends[1], file, &offset, SIZE)));
    fact("offset %ld", (long)offset);
    nonblock(ends[1], 1);
    fact("full %s", outcome(sendfile(ends[1], file, &offset, SIZE)));
    close_all();
}

/* ---- splice ---- */

static void splices(void)
{
    off64_t offset = 10;
    char letters[8] = "";
    open_all();
    fact("from a file %s", outcome(splice(file, &offset, ends[1], NULL, 5, 0)));
    fact("offset %ld", (long)offset);
    fact("to a socket %s", outcome(splice(ends[0], NULL, sockets[0], NULL, 100, 0)));
    const char *what = outcome(read(sockets[1], letters, 7));
    fact("arrived %s, %s", what, letters);
    fact("no pipe %s", outcome(splice(file, NULL, sockets[0], NULL, 5, 0)));
    fact("offset of a pipe %s", outcome(splice(ends[0], &offset, sockets[0], NULL, 5, 0)));
    fact("no such %s", outcome(splice(-1, NULL, ends[1], NULL, 5, 0)));
    fact("nothing %s", outcome(splice(ends[0], NULL, sockets[0], NULL, 0, 0)));
    fact("flags %s", outcome(splice(ends[0], NULL, sockets[0], NULL, 5, 0x8000)));
    fact("empty, SPLICE_F_NONBLOCK %s",
         outcome(splice(ends[0], NULL, sockets[0], NULL, 5, SPLICE_F_NONBLOCK)));
    nonblock(ends[0], 1);
    fact("empty, O_NONBLOCK %s", outcome(splice(ends[0], NULL, sockets[0], NULL, 5, 0)));
    nonblock(sockets[0], 1);
    fact("empty socket, O_NONBLOCK %s", outcome(splice(sockets[0], NULL, ends[1], NULL, 5, 0)));
    nonblock(sockets[0], 0);
    close(sockets[1]);
    fact("closed socket %s", outcome(splice(sockets[0], NULL, ends[1], NULL, 5, 0)));
    close(ends[1]);
    nonblock(ends[0], 0);
    fact("no writer %s", outcome(splice(ends[0], NULL, sockets[0], NULL, 5, 0)));
    close_all();
}

static void splice_limits(void)
{
    struct timeval limit = {.tv_usec = 200000};
    open_all();
    must(setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), "SO_RCVTIMEO");
    struct start begin = start_now();
    const char *what = outcome(splice(sockets[0], NULL, ends[1], NULL, 5, 0));
    fact("SO_RCVTIMEO %s, in time %d", what, took(begin, 0.2));
    close_all();
}

/* A pipe between two sockets, as a proxy has it. */
static void relay(void)
{
    int next[2];
    ssize_t moved = 0, got;
    open_all();
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, next), "socketpair");
    must((int)write(sockets[1], "hello, world", 12), "write");
    shutdown(sockets[1], SHUT_WR);
    drain_begin(next[1]);
    while ((got = splice(sockets[0], NULL, ends[1], NULL, SIZE, SPLICE_F_MOVE)) > 0)
        moved += splice(ends[0], NULL, next[0], NULL, (size_t)got, SPLICE_F_MOVE);
    long sum = drain_end(next[0]);
    fact("relayed %zd, end %zd, sum %ld", moved, got, sum);
    close(next[0]);
    close(next[1]);
    close_all();
}

static void scene(void)
{
    offsets();
    direct();
    errors();
    limits();
    to_pipe();
    splices();
    splice_limits();
    relay();
}

/* ---- a handler ends a wait ---- */

static void interruption(void)
{
    off_t offset = 0;
    open_all();
    alarm_soon(0);
    ssize_t sent = sendfile(sockets[0], file, &offset, SIZE);
    fact("a part %d, offset too %d", sent > 0 && sent < SIZE, offset == sent);
    alarm_soon(0);
    fact("nothing %s", outcome(sendfile(sockets[0], file, &offset, SIZE)));
    alarm_soon(0);
    fact("splice %s", outcome(splice(ends[0], NULL, sockets[0], NULL, 5, 0)));
    close_all();
    alarm_over();
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    play(scene);
    play_in_main(interruption);
}
