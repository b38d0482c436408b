/* named: computing that ends in a write to what no hook has seen come: the file A, twice, then B
 * and an epoll under the same number; timers under the number that others had, gone in each way
 * that there is; and in a child a socket that its parent has made. Usage: named A B. */
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void compute(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    long end = used.tv_sec * 1000 + used.tv_nsec / 1000000 + 8;
    while (used.tv_sec * 1000 + used.tv_nsec / 1000000 < end)
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
}

static void write_late(int file)
{
    compute();
    errno = EDOM;
    must(write(file, "x", 1) == 1 ? 0 : -1, "write");
    fact("errno is %s", error_name(errno));
}

/* By a function that no hook sees. */
static void close_unseen(int file)
{
    must((int)syscall(SYS_close_range, file, file, 0), "close_range");
}

static int open_file(const char *path)
{
    return must(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), path);
}

/* What has no file shares one. */
static int use_timer(void)
{
    int timer = must(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd_create");
    compute();
    must((int)read(timer, NULL, 0) == -1 ? 0 : -1, "read no timer");
    return timer;
}

static void use_timers(void)
{
    FILE *stream = fdopen(use_timer(), "r");
    must(fclose(stream), "fclose");
    stream = fdopen(use_timer(), "r");
    must(freopen("/dev/null", "r", stream) ? 0 : -1, "freopen");
    int timer = use_timer();
    must(close_range((unsigned)timer, (unsigned)timer, 0), "close_range");
    timer = use_timer();
    must(dup2(0, timer), "dup2");
    close(timer);
    use_timer();
}

static void *write_by_own_number(void *path)
{
    must(unshare(CLONE_FILES), "unshare");
    write_late(open_file(path));
    return NULL;
}

static void write_to_what_parent_made(void)
{
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    if (must(fork(), "fork") == 0) {
        compute();
        must(write(ends[1], "x", 1) == 1 ? 0 : -1, "write to the socket");
        _exit(0);
    }
    must(wait(NULL), "wait");
}

int main(int count, char **words)
{
    must(count == 3 ? 0 : -1, "two files");
    struct epoll_event event;
    pthread_t thread;
    int file = open_file(words[1]);
    write_late(file);
    write_late(file);
    close(file);
    fact("the same number: %d", open_file(words[2]) == file);
    write_late(file);
    close_unseen(file);
    fact("the same number: %d", must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1") == file);
    compute();
    must(epoll_wait(file, &event, 1, 0), "epoll_wait");
    use_timers();
    must(-pthread_create(&thread, NULL, write_by_own_number, words[1]), "pthread_create");
    pthread_join(thread, NULL);
    write_to_what_parent_made();
    return 0;
}
