/* Processes that each sleep while they have the lock of a file. Usage: file_lock same | own flock |
 * lockf | fcntl | ofd. The same file for all of them, or one for each. */
#include "client.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
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

int main(int argc, char **argv)
{
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
