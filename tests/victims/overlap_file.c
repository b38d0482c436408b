/* overlap_file: tasks that wait for a slow disk, or for the lock of a file that somebody else has.
 */
#include "facts.h"
#include "overlap.h"
#include "slow_disk.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int new_file(void)
{
    return must(memfd_create("file", 0), "memfd_create");
}

/* ---- a disk ---- */

static bool on_file(int (*call)(int fd))
{
    int fd = new_file();
    return call(fd) == 0 && close(fd) == 0;
}

static bool wait_fsync(int index)
{
    (void)index;
    return on_file(fsync);
}

static bool wait_fdatasync(int index)
{
    (void)index;
    return on_file(fdatasync);
}

static bool wait_syncfs(int index)
{
    (void)index;
    return on_file(syncfs);
}

static bool wait_sync(int index)
{
    (void)index;
    sync();
    return true;
}

/* ---- locks: a child has one on a file that it opened for itself ---- */

static int open_again(int fd)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return must(open(path, O_RDWR), "open");
}

static void child_take(int fd, bool (*take)(int fd), int told)
{
    if (!take(open_again(fd)))
        _exit(1);
    (void)!write(told, "", 1);
    raw_sleep_ms(overlap_wait_ms);
    _exit(0);
}

/* Has a child take the lock, and takes it when the child has ended. */
static bool after_child(bool (*take)(int fd), bool (*wait)(int fd))
{
    int ends[2], fd = new_file(), status;
    char byte;
    must(pipe(ends), "pipe");
    pid_t child = must(fork(), "fork");
    if (child == 0)
        child_take(fd, take, ends[1]);
    close(ends[1]);
    /* Not by a call in which another task could have its child started. */
    bool right = syscall(SYS_read, ends[0], &byte, 1) == 1 && wait(fd);
    right = waitpid(child, &status, 0) == child && status == 0 && right;
    close(ends[0]);
    close(fd);
    return right;
}

static bool take_flock(int fd)
{
    return flock(fd, LOCK_EX) == 0;
}

static bool take_lockf(int fd)
{
    return lockf(fd, F_LOCK, 0) == 0;
}

static bool take_by_fcntl(int fd)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_SETLKW, &all) == 0;
}

static bool take_by_open_file(int fd)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLKW, &all) == 0;
}

static bool wait_flock(int index)
{
    (void)index;
    return after_child(take_flock, take_flock);
}

static bool wait_lockf(int index)
{
    (void)index;
    return after_child(take_lockf, take_lockf);
}

static bool wait_fcntl(int index)
{
    (void)index;
    return after_child(take_by_fcntl, take_by_fcntl);
}

static bool wait_open_file_lock(int index)
{
    (void)index;
    return after_child(take_by_open_file, take_by_open_file);
}

int main(int argc, char **argv)
{
    static const struct overlap_case cases[] = {
        {"fsync", wait_fsync},
        {"fdatasync", wait_fdatasync},
        {"syncfs", wait_syncfs},
        {"sync", wait_sync},
        {"flock", wait_flock},
        {"lockf", wait_lockf},
        {"fcntl", wait_fcntl},
        {"F_OFD_SETLKW", wait_open_file_lock},
        {NULL, NULL},
    };
    if (argc == 4)
        setenv(SLOW_DISK_VARIABLE, argv[3], 1);
    return overlap_main(argc, argv, cases);
}
