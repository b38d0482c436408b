/* file_rules: what syncing a file and locking it say, and all that fcntl does besides. */
#include "alarms.h"
#include "company.h"
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int new_file(void)
{
    return must(memfd_create("file", MFD_ALLOW_SEALING), "memfd_create");
}

static int open_again(int fd)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return must(open(path, O_RDWR), "open");
}

static void syncing(void)
{
    int fd = new_file(), ends[2];
    must(pipe(ends), "pipe");
    errno = EPIPE;
    fact("fsync %s", outcome(fsync(fd)));
    fact("errno %s", error_name(errno));
    fact("fdatasync %s", outcome(fdatasync(fd)));
    fact("syncfs %s", outcome(syncfs(fd)));
    fact("a pipe %s", outcome(fsync(ends[0])));
    fact("no descriptor %s %s %s", outcome(fsync(-1)), outcome(fdatasync(999)),
         outcome(syncfs(-1)));
    sync();
    close(ends[0]);
    close(ends[1]);
    close(fd);
}

static void flocking(void)
{
    int fd = new_file(), other = open_again(fd);
    fact("flock %s", outcome(flock(fd, LOCK_EX)));
    fact("again %s", outcome(flock(fd, LOCK_EX)));
    fact("the other %s", outcome(flock(other, LOCK_EX | LOCK_NB)));
    fact("shared %s", outcome(flock(fd, LOCK_SH)));
    fact("both %s", outcome(flock(other, LOCK_SH)));
    fact("unlock %s", outcome(flock(fd, LOCK_UN)));
    fact("nonsense %s", outcome(flock(fd, 0x1234)));
    fact("no descriptor %s", outcome(flock(-1, LOCK_EX)));
    close(other);
    close(fd);
}

static void record_locking(void)
{
    int fd = new_file(), other = open_again(fd);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10};
    fact("F_SETLKW %s", outcome(fcntl(fd, F_SETLKW, &lock)));
    fact("the same process %s", outcome(fcntl(other, F_SETLKW, &lock)));
    fact("F_OFD_SETLK beside it %s", outcome(fcntl(other, F_OFD_SETLK, &lock)));
    lock.l_type = F_UNLCK;
    fact("unlock %s", outcome(fcntl(fd, F_SETLK, &lock)));
    lock.l_type = F_WRLCK;
    fact("F_OFD_SETLKW %s", outcome(fcntl(fd, F_OFD_SETLKW, &lock)));
    lock.l_type = F_RDLCK;
    fact("F_OFD_GETLK %s", outcome(fcntl(other, F_OFD_GETLK, &lock)));
    fact("it is a write lock %d", lock.l_type == F_WRLCK);
    lock.l_type = 77;
    fact("nonsense %s", outcome(fcntl(fd, F_SETLKW, &lock)));
    fact("no descriptor %s", outcome(fcntl(-1, F_SETLKW, &lock)));
    close(other);
    close(fd);
}

static void lockf_commands(void)
{
    int fd = new_file();
    fact("F_LOCK %s", outcome(lockf(fd, F_LOCK, 10)));
    fact("F_TEST %s", outcome(lockf(fd, F_TEST, 10)));
    fact("F_TLOCK %s", outcome(lockf(fd, F_TLOCK, 10)));
    fact("F_ULOCK %s", outcome(lockf(fd, F_ULOCK, 10)));
    fact("nonsense %s", outcome(lockf(fd, 77, 10)));
    close(fd);
}

static void other_commands(void)
{
    int fd = new_file(), moved, ends[2];
    fact("F_GETFL %d", (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
    fact("F_SETFL %s", outcome(fcntl(fd, F_SETFL, O_APPEND)));
    fact("F_GETFL %d", (fcntl(fd, F_GETFL) & O_APPEND) != 0);
    fact("F_GETFD %s", outcome(fcntl(fd, F_GETFD)));
    fact("F_SETFD %s", outcome(fcntl(fd, F_SETFD, FD_CLOEXEC)));
    fact("F_DUPFD %d", (moved = fcntl(fd, F_DUPFD, 100)) >= 100);
    fact("its flags %s", outcome(fcntl(moved, F_GETFD)));
    close(moved);
    fact("F_DUPFD_CLOEXEC %d", (moved = fcntl(fd, F_DUPFD_CLOEXEC, 100)) >= 100);
    fact("its flags %s", outcome(fcntl(moved, F_GETFD)));
    close(moved);
    fact("F_ADD_SEALS %s", outcome(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW)));
    fact("F_GET_SEALS %d", fcntl(fd, F_GET_SEALS) == F_SEAL_GROW);
    fact("nonsense %s", outcome(fcntl(fd, 7777, 0)));
    must(pipe(ends), "pipe");
    fact("F_SETPIPE_SZ %d", fcntl(ends[0], F_SETPIPE_SZ, 8192) == 8192);
    fact("F_SETOWN %s", outcome(fcntl(ends[0], F_SETOWN, getpid())));
    fact("F_GETOWN %d", fcntl(ends[0], F_GETOWN) == getpid());
    close(ends[0]);
    close(ends[1]);
    close(fd);
}

static void rules(void)
{
    syncing();
    flocking();
    record_locking();
    lockf_commands();
    other_commands();
}

/* ---- interruption ---- */

/* A child that has locked the whole file, and lets go after a while. */
static pid_t locking_child(int fd, int ms)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int ends[2];
    char byte;
    must(pipe(ends), "pipe");
    pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        flock(open_again(fd), LOCK_EX);
        fcntl(fd, F_SETLK, &lock);
        (void)!write(ends[1], "", 1);
        raw_sleep_ms(ms);
        _exit(0);
    }
    must((int)read(ends[0], &byte, 1), "read");
    close(ends[0]);
    close(ends[1]);
    return pid;
}

static void interruption(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = new_file();
    pid_t child = locking_child(fd, 500);
    alarm_soon(0);
    fact("flock %s", outcome(flock(fd, LOCK_EX)));
    alarm_soon(0);
    fact("F_SETLKW %s", outcome(fcntl(fd, F_SETLKW, &lock)));
    alarm_soon(SA_RESTART);
    fact("restarted %s", outcome(fcntl(fd, F_SETLKW, &lock)));
    fact("flock %s", outcome(flock(fd, LOCK_EX)));
    fact("the child has ended %d", waitpid(child, NULL, 0) == child);
    close(fd);
    alarm_over();
}

int main(void)
{
    play(rules);
    play_in_main(interruption);
}
