/* Processes that each sleep while they have the lock of a file. Usage: file_lock same | own flock |
 * lockf | fcntl | ofd. The same file for all of them, or one for each. Or: file_lock impatient. Of
 * two the second one gives up while the first one sleeps. */
#include "client.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COUNT = 4, SLEEP_US = 300000 };

static void take(int fd, const char *how)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int result = -1;
    if (!strcmp(how, "flock"))
        result = flock(fd, LOCK_EX);
    else if (!strcmp(how, "lockf"))
        result = lockf(fd, F_LOCK, 0);
    else
        result = fcntl(fd, strcmp(how, "ofd") ? F_SETLKW : F_OFD_SETLKW, &all);
    must(result, how);
}

/* How long it waited. */
static double work(const char *file, const char *how)
{
    int fd = open(file, O_RDWR | O_CREAT, 0600);
    must(fd, "open");
    double start = now_s();
    take(fd, how);
    double waited = now_s() - start;
    usleep(SLEEP_US);
    close(fd);
    return waited;
}

static void wake_up(int number)
{
    (void)number;
}

/* How long it waited. */
static double give_up(const char *file)
{
    const struct itimerval patience = {.it_value = {.tv_usec = SLEEP_US / 2}};
    struct sigaction action = {.sa_handler = wake_up};
    int fd = open(file, O_RDWR | O_CREAT, 0600);
    must(fd, "open");
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &patience, NULL);
    double start = now_s();
    if (flock(fd, LOCK_EX) == 0)
        fact("it was there");
    return now_s() - start;
}

static void try_in_vain(void)
{
    int ends[2];
    char byte = 0;
    must(pipe(ends), "pipe");
    int child = fork();
    must(child, "fork");
    if (!child) {
        int fd = open("lock-0", O_RDWR | O_CREAT, 0600);
        must(flock(fd, LOCK_EX), "flock");
        must(write(ends[1], &byte, 1), "write");
        usleep(2 * SLEEP_US);
        exit(0);
    }
    must(read(ends[0], &byte, 1), "read");
    double waited = give_up("lock-0");
    must(waitpid(child, NULL, 0), "waitpid");
    fact("blame usleep file_lock.c try_in_vain");
    timing("lock_wait", waited);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "impatient")) {
        try_in_vain();
        return 0;
    }
    bool own = argc > 1 && !strcmp(argv[1], "own");
    const char *how = argc > 2 ? argv[2] : "flock";
    int ends[2];
    double sum = 0, waited;
    must(pipe(ends), "pipe");
    for (int i = 0; i < COUNT; i++) {
        char file[32];
        snprintf(file, sizeof file, "lock-%d", own ? i : 0);
        int child = fork();
        must(child, "fork");
        if (child)
            continue;
        waited = work(file, how);
        must(write(ends[1], &waited, sizeof waited), "write");
        exit(0);
    }
    for (int i = 0; i < COUNT; i++)
        must(waitpid(-1, NULL, 0), "waitpid");
    for (int i = 0; i < COUNT; i++) {
        must(read(ends[0], &waited, sizeof waited), "read");
        sum += waited;
    }
    fact("blame usleep file_lock.c work");
    timing("lock_wait", sum);
}
