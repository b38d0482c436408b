/* pipes_and_files: what is no socket is waited for where it can be, and read at once where not. */
#include "company.h"
#include "facts.h"

#include <fcntl.h>
#include <greq/greq.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LATE_MS = 60 };

/* A thread that has no tasks writes late. */
static void *write_late(void *argument)
{
    uint64_t one = 1;
    raw_sleep_ms(LATE_MS);
    syscall(SYS_write, (int)(intptr_t)argument, &one, sizeof one);
    return NULL;
}

static void read_late(const char *name, int from, int to)
{
    pthread_t thread;
    uint64_t number = 0;
    struct start start = start_now();
    must(-pthread_create(&thread, NULL, write_late, (void *)(intptr_t)to), "pthread_create");
    const char *what = outcome(read(from, &number, sizeof number));
    fact("%s %s, in time %d, got %d", name, what, took(start, LATE_MS / 1e3), (int)number);
    pthread_join(thread, NULL);
}

static void from_pipe(void)
{
    int ends[2];
    char byte;
    must(pipe(ends), "pipe");
    read_late("pipe", ends[0], ends[1]);
    close(ends[1]);
    fact("pipe's end %s", outcome(read(ends[0], &byte, 1)));
    close(ends[0]);
}

static void from_event(void)
{
    int fd = must(eventfd(0, 0), "eventfd");
    read_late("eventfd", fd, fd);
    close(fd);
}

static void from_timer(void)
{
    uint64_t count = 0;
    int fd = must(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd_create");
    struct itimerspec once = {.it_value.tv_nsec = LATE_MS * 1000000L};
    must(timerfd_settime(fd, 0, &once, NULL), "timerfd_settime");
    struct start start = start_now();
    const char *what = outcome(read(fd, &count, sizeof count));
    fact("timerfd %s, in time %d, got %d", what, took(start, LATE_MS / 1e3), (int)count);
    close(fd);
}

/* A terminal end is a descriptor that can be polled as well. */
static void from_terminal(void)
{
    int master = must(posix_openpt(O_RDWR | O_NOCTTY), "posix_openpt");
    must(grantpt(master), "grantpt");
    must(unlockpt(master), "unlockpt");
    int slave = must(open(ptsname(master), O_RDWR | O_NOCTTY), "ptsname");
    char line[16];
    must((int)write(master, "hello\n", 6), "write");
    fact("terminal %s", outcome(read(slave, line, sizeof line)));
    close(slave);
    close(master);
}

static void from_file(void)
{
    char name[] = "/tmp/greq-victim-XXXXXX", bytes[8];
    int fd = must(mkstemp(name), "mkstemp");
    struct iovec parts[] = {{"abc", 3}, {"defg", 4}};
    unlink(name);
    fact("writev to a file %s", outcome(writev(fd, parts, 2)));
    must((int)lseek(fd, 0, SEEK_SET), "lseek");
    fact("read of a file %s", outcome(read(fd, bytes, 4)));
    fact("and on %s", outcome(read(fd, bytes, 8)));
    fact("its end %s", outcome(read(fd, bytes, 8)));
    close(fd);
    fact("closed %s", outcome(read(fd, bytes, 8)));
    fact("a directory %s", outcome(read(fd = open("/", O_RDONLY), bytes, 8)));
    close(fd);
}

static void to_pipe_in_full(void)
{
    static char much[1 << 20];
    int ends[2];
    must(pipe(ends), "pipe");
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        raw_sleep_ms(LATE_MS);
        close(ends[1]);
        while (syscall(SYS_read, ends[0], much, 4096) > 0)
            ;
        _exit(0);
    }
    close(ends[0]);
    fact("a big write to a pipe %s", outcome(write(ends[1], much, sizeof much)));
    close(ends[1]);
    siginfo_t ended;
    must(waitid(P_PID, (id_t)child, &ended, WEXITED), "waitid");
}

static void scene(void)
{
    from_pipe();
    from_event();
    from_timer();
    from_terminal();
    from_file();
    to_pipe_in_full();
}

int main(void)
{
    play(scene);
}
