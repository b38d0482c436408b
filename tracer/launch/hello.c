#include "launch/hello.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char in_trace[] = ".hello";

/* The directory was empty. Where there are no locks nobody can take it either. */
static bool make_in(struct hello *hello, const char *trace)
{
    static const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
    char *path = hello->file.path;
    if (snprintf(path, sizeof hello->file.path, "%s/%s", trace, in_trace) >=
        (int)sizeof hello->file.path)
        return false;
    hello->file.fd = open(path, flags, 0600);
    if (hello->file.fd >= 0)
        flock(hello->file.fd, LOCK_EX | LOCK_NB);
    return hello->file.fd >= 0;
}

/* It is locked so long after it was made, at the most. */
static const double making_s = 0.1;

static double seconds(struct timespec time)
{
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Another one may have swept it before the lock, and made its own. */
static bool is_still_named(int trace, const struct stat *locked)
{
    struct stat named;
    return !fstatat(trace, in_trace, &named, AT_SYMLINK_NOFOLLOW) &&
           named.st_dev == locked->st_dev && named.st_ino == locked->st_ino;
}

static bool is_left(int trace, int fd)
{
    struct stat status;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return !fstat(fd, &status) && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
           seconds(now) - seconds(status.st_mtim) > making_s && !flock(fd, LOCK_EX | LOCK_NB) &&
           is_still_named(trace, &status);
}

bool hello_sweep(int trace)
{
    int fd = openat(trace, in_trace, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    bool swept = fd >= 0 && is_left(trace, fd) && !unlinkat(trace, in_trace, 0);
    if (fd >= 0)
        close(fd);
    return swept;
}

int hello_create(struct hello *hello, const char *trace, struct error *error)
{
    hello->in_trace = trace && make_in(hello, trace);
    return hello->in_trace ? 0 : temporary_make_file(&hello->file, "hello", error);
}

bool hello_is_from(const struct hello *hello, pid_t pid)
{
    char text[256];
    bool found = false;
    ssize_t size;
    uint32_t number = 0;
    for (off_t at = 0; !found && (size = pread(hello->file.fd, text, sizeof text, at)) > 0;
         at += size)
        for (ssize_t i = 0; i < size && !found; i++) {
            found = text[i] == '\n' && number == (uint32_t)pid;
            number = text[i] == '\n' ? 0 : 10 * number + (uint32_t)(text[i] - '0');
        }
    return found;
}

/* Beyond a limit of files' sizes, whose signal must not end the launcher, it fails. */
static bool write_at(const struct hello *hello, off_t at, const char *text)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
    ssize_t size = (ssize_t)strlen(text);
    sigaction(SIGXFSZ, &ignore, &old);
    bool written = pwrite(hello->file.fd, text, (size_t)size, at) == size;
    sigaction(SIGXFSZ, &old, NULL);
    return written;
}

/* An empty line is nobody's. */
bool hello_can_be_written(const struct hello *hello)
{
    return write_at(hello, lseek(hello->file.fd, 0, SEEK_END), "\n");
}

/* A process of the program that goes on may still add its line: behind ours, where nobody reads. */
int hello_become(struct hello *hello, const char *path, const char *text)
{
    if (!hello->in_trace || !write_at(hello, 0, text) ||
        ftruncate(hello->file.fd, (off_t)strlen(text)) || rename(hello->file.path, path))
        return -1;
    *hello->file.path = '\0';
    return 0;
}

void hello_remove(struct hello *hello)
{
    if (!hello->in_trace) {
        temporary_remove(&hello->file);
        return;
    }
    if (*hello->file.path)
        unlink(hello->file.path);
    close(hello->file.fd);
}
