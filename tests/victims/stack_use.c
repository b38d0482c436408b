/* stack_use handler|fiber: how many bytes of a stack each call needs, the kernel's frame and the
 * caller's included: in a handler on its alternate stack, or on a stack that the program made. As
 * timings: they are not the same in all runs. */
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { SIZE = 64 << 10, FILLER = 0xa5 };

static unsigned char *room; /* shared with children */
static int ends[2];
static long pause_ns; /* what waits, waits for so long */
static char byte = 'x';
static char folder[] = "/tmp/stack_use.XXXXXX", fifo[sizeof folder + sizeof "/fifo"];

/* ---- the calls ---- */

static void call_none(void) {}

static void call_write(void)
{
    must((int)write(ends[1], &byte, 1), "write");
}

static void call_read(void)
{
    must((int)read(ends[0], &byte, 1), "read");
}

static void call_send(void)
{
    must((int)send(ends[1], &byte, 1, 0), "send");
}

static void call_recv(void)
{
    must((int)recv(ends[0], &byte, 1, 0), "recv");
}

static void call_writev(void)
{
    struct iovec part = {&byte, 1};
    must((int)writev(ends[1], &part, 1), "writev");
}

static void call_readv(void)
{
    struct iovec part = {&byte, 1};
    must((int)readv(ends[0], &part, 1), "readv");
}

static void call_poll(void)
{
    struct pollfd watched = {.fd = ends[0], .events = POLLIN};
    must(poll(&watched, 1, (int)(pause_ns / 1000000)), "poll");
}

static void call_select(void)
{
    fd_set readable;
    struct timeval limit = {0, pause_ns / 1000};
    FD_ZERO(&readable);
    FD_SET(ends[0], &readable);
    must(select(ends[0] + 1, &readable, NULL, NULL, &limit), "select");
}

static void call_nanosleep(void)
{
    struct timespec time = {0, pause_ns};
    must(nanosleep(&time, NULL), "nanosleep");
}

static void call_usleep(void)
{
    must(usleep((useconds_t)(pause_ns / 1000)), "usleep");
}

static void call_open_and_close(void)
{
    must(close(must(dup(ends[0]), "dup")), "close");
}

/* Longer than 1 ms, nearly always: somebody comes every 20 ms. */
static void call_open(void)
{
    must(close(must(open(fifo, O_RDONLY), "open")), "close");
}

static void call_waitpid(void)
{
    (void)!waitpid(-1, NULL, WNOHANG);
}

static void call_sigaction(void)
{
    struct sigaction action;
    must(sigaction(SIGUSR2, NULL, &action), "sigaction");
    must(sigaction(SIGUSR2, &action, NULL), "sigaction");
}

static void call_signal(void)
{
    if (signal(SIGUSR2, SIG_IGN) == SIG_ERR)
        abort();
}

/* In children, which must have made a call to be somebody. */
static void call_exit_at_once(void)
{
    _exit(0);
}

static void call_exit(void)
{
    exit(0);
}

static void call_exec(void)
{
    execl("/bin/true", "true", NULL);
}

static const struct call {
    const char *name;
    void (*make)(void);
} ends_of_processes[] = {{"_exit", call_exit_at_once}, {"exit", call_exit}, {"execl", call_exec}};
enum { ENDS = sizeof ends_of_processes / sizeof *ends_of_processes };

static const struct call calls[] = {
    {"none", call_none},           {"write", call_write},         {"read", call_read},
    {"send", call_send},           {"recv", call_recv},           {"writev", call_writev},
    {"readv", call_readv},         {"poll", call_poll},           {"select", call_select},
    {"nanosleep", call_nanosleep}, {"usleep", call_usleep},       {"close", call_open_and_close},
    {"waitpid", call_waitpid},     {"sigaction", call_sigaction}, {"signal", call_signal},
    {"open", call_open},
};
enum { CALLS = sizeof calls / sizeof *calls };

/* ---- the stack ---- */

static const struct call *next;

static void paint(void)
{
    memset(room, FILLER, SIZE);
}

static size_t painted_over(void)
{
    size_t untouched = 0;
    while (untouched < SIZE && room[untouched] == FILLER)
        untouched++;
    return SIZE - untouched;
}

static void handle(int number)
{
    (void)number;
    next->make();
}

static void in_handler(void)
{
    raise(SIGUSR1);
}

static void in_fiber(void)
{
    static ucontext_t here, there;
    getcontext(&there);
    there.uc_stack.ss_sp = room;
    there.uc_stack.ss_size = SIZE;
    there.uc_link = &here;
    void (*make)(void) = next->make;
    makecontext(&there, make, 0);
    swapcontext(&here, &there);
}

static void in_child(void (*enter)(void))
{
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        call_write();
        call_read();
        paint();
        enter();
        _exit(1);
    }
    must(waitpid(child, NULL, 0), "waitpid");
}

/* A process that opens the other end whenever it is wanted, and ends with this one. */
static pid_t start_opener(void)
{
    static const struct timespec pause = {0, 20000000};
    must(mkdtemp(folder) ? 0 : -1, "mkdtemp");
    snprintf(fifo, sizeof fifo, "%s/fifo", folder);
    must(mkfifo(fifo, 0600), "mkfifo");
    pid_t parent = getpid(), child = must(fork(), "fork");
    while (child == 0 && getppid() == parent) {
        nanosleep(&pause, NULL);
        close(open(fifo, O_WRONLY | O_NONBLOCK));
    }
    if (child == 0)
        _exit(0);
    return child;
}

static void end_opener(pid_t opener)
{
    kill(opener, SIGKILL);
    waitpid(opener, NULL, 0);
    unlink(fifo);
    rmdir(folder);
}

int main(int argc, char **argv)
{
    room = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(room == MAP_FAILED ? -1 : 0, "mmap");
    bool fiber = argc > 1 && strcmp(argv[1], "fiber") == 0;
    stack_t stack = {.ss_sp = room, .ss_size = SIZE};
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    must(fiber ? 0 : sigaltstack(&stack, NULL), "sigaltstack");
    must(sigaction(SIGUSR1, &action, NULL), "sigaction");
    pause_ns = fiber ? 3000000 : 100;
    pid_t opener = start_opener();
    /* Some for each that reads, and what is called once is bound. */
    for (int i = 0; i < CALLS; i++) {
        call_write();
        calls[i].make();
    }
    for (int i = 0; i < CALLS; i++) {
        next = &calls[i];
        call_write();
        paint();
        fiber ? in_fiber() : in_handler();
        timing(next->name, (double)painted_over());
    }
    for (int i = 0; i < ENDS; i++) {
        next = &ends_of_processes[i];
        in_child(fiber ? in_fiber : in_handler);
        timing(next->name, (double)painted_over());
    }
    end_opener(opener);
}
