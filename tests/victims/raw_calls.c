/* raw_calls: what syscall(2) says: all its arguments, results and errors, waits for a futex, and
 * children that return from it. */
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <greq/greq.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
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
