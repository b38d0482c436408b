/* raw_calls: what syscall(2) says: all its arguments, results and errors, waits for a futex,
 * messages, and children that return from it. */
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <greq/greq.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The sixth argument tells which page of the file is mapped. */
static void arguments(void)
{
    int fd = must((int)syscall(SYS_memfd_create, "pages", 0), "memfd_create");
    long page = sysconf(_SC_PAGESIZE);
    must(ftruncate(fd, 3 * page), "ftruncate");
    fact("pwrite64 %s", outcome(syscall(SYS_pwrite64, fd, "c", 1, 2 * page)));
    char *mapped = (char *)syscall(SYS_mmap, NULL, page, PROT_READ, MAP_PRIVATE, fd, 2 * page);
    fact("mmap %d, %c", mapped != MAP_FAILED, *mapped);
    fact("munmap %s", outcome(syscall(SYS_munmap, mapped, page)));
    close(fd);
}

static void errors(void)
{
    errno = EPIPE;
    fact("getpid %d", syscall(SYS_getpid) == getpid());
    fact("errno %s", error_name(errno));
    fact("close %s", outcome(syscall(SYS_close, -1)));
    fact("no such call %s", outcome(syscall(100000L)));
    fact("no such call %s", outcome(syscall(-1L)));
}

/* ---- futex ---- */

static uint32_t word;

static long futex_wait(uint32_t value, const struct timespec *timeout)
{
    return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, timeout, NULL, 0);
}

static void *wake_later(void *unused)
{
    raw_sleep_ms(100);
    __atomic_store_n(&word, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    return unused;
}

static void futexes(void)
{
    pthread_t waker;
    struct timespec limit = {0, 100000000}, until;
    word = 0;
    fact("another value %s", outcome(futex_wait(7, NULL)));
    struct start start = start_now();
    const char *what = outcome(futex_wait(0, &limit));
    fact("limit %s, in time %d", what, took(start, 0.1));
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    start = start_now();
    what = outcome(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, &until, NULL, 1u));
    fact("bitset %s, in time %d", what, took(start, 1));
    must(-pthread_create(&waker, NULL, wake_later, NULL), "pthread_create");
    errno = EPIPE;
    while (!__atomic_load_n(&word, __ATOMIC_ACQUIRE))
        futex_wait(0, NULL);
    fact("woken, errno %s", error_name(errno));
    raw_sleep_ms(50);
    fact("nobody waits %s", outcome(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1)));
}

/* ---- messages ---- */

static struct sockaddr_in any_port(void)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int bound(int type, struct sockaddr_in *address)
{
    socklen_t size = sizeof *address;
    int fd = must(socket(AF_INET, type, 0), "socket");
    *address = any_port();
    must(bind(fd, (struct sockaddr *)address, size), "bind");
    must(getsockname(fd, (struct sockaddr *)address, &size), "getsockname");
    return fd;
}

/* One question and its answer, as libuv sends datagrams. */
static void datagrams(void)
{
    struct sockaddr_in server, client;
    char question[] = "question", bytes[16];
    struct iovec whole = {question, sizeof question}, room = {bytes, sizeof bytes};
    struct mmsghdr sent = {.msg_hdr = {.msg_iov = &whole, .msg_iovlen = 1}};
    struct mmsghdr got = {.msg_hdr = {.msg_iov = &room, .msg_iovlen = 1}};
    int to = bound(SOCK_DGRAM, &server), from = bound(SOCK_DGRAM, &client);
    fact("connect %s", outcome(syscall(SYS_connect, from, &server, sizeof server)));
    fact("sendmmsg %s", outcome(syscall(SYS_sendmmsg, from, &sent, 1, 0)));
    fact("%u bytes were sent", sent.msg_len);
    fact("recvmsg %s", outcome(syscall(SYS_recvmsg, to, &got.msg_hdr, 0)));
    fact("sendto %s", outcome(syscall(SYS_sendto, to, "yes", 4, 0, &client, sizeof client)));
    fact("recvmmsg %s", outcome(syscall(SYS_recvmmsg, from, &got, 1, 0, NULL)));
    fact("%u bytes: %s", got.msg_len, bytes);
    fact("nothing %s", outcome(syscall(SYS_recvfrom, from, bytes, 4, MSG_DONTWAIT, NULL, NULL)));
    fact("no memory %s", outcome(syscall(SYS_sendmsg, from, NULL, 0)));
    close(from);
    close(to);
}

static void acceptance(void)
{
    struct sockaddr_in server;
    int listener = bound(SOCK_STREAM, &server),
        from = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(listen(listener, 1), "listen");
    must(connect(from, (struct sockaddr *)&server, sizeof server), "connect");
    long accepted = syscall(SYS_accept4, listener, NULL, NULL, SOCK_CLOEXEC);
    fact("accept4 %d", accepted > from && fcntl((int)accepted, F_GETFD) == FD_CLOEXEC);
    close((int)accepted);
    close(from);
    close(listener);
}

/* ---- children ---- */

static int exit_status(long child)
{
    int status = 0;
    must((int)child, "clone");
    must((int)syscall(SYS_wait4, child, &status, 0, NULL), "wait4");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static long clone_flags(unsigned long flags)
{
    return syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
}

static void children(void)
{
    long child = clone_flags(SIGCHLD);
    if (!child)
        syscall(SYS_exit_group, 5);
    fact("clone %d", exit_status(child));
    child = clone_flags(SIGCHLD | CLONE_VFORK);
    if (!child)
        syscall(SYS_exit, 6);
    fact("CLONE_VFORK %d", exit_status(child));
}

static void *scene(void *unused)
{
    arguments();
    errors();
    futexes();
    datagrams();
    acceptance();
    children();
    return unused;
}

/* ---- a handler ends a wait ---- */

static void handle(int number)
{
    int saved = errno;
    syscall(SYS_close, -number);
    errno = saved;
}

static void interruption(void)
{
    struct sigaction action = {.sa_handler = handle};
    struct itimerval soon = {.it_value.tv_usec = 100000};
    struct timespec limit = {20, 0};
    word = 0;
    sigaction(SIGALRM, &action, NULL);
    must(setitimer(ITIMER_REAL, &soon, NULL), "setitimer");
    fact("a handler ran: %s", outcome(futex_wait(0, &limit)));
}

int main(void)
{
    scene(NULL);
    interruption();
    fact("in a task %d", greq_join(greq_spawn(scene, NULL), NULL));
}
