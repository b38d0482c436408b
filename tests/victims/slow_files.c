/* Functions of libc that name and read files, each of which takes as many milliseconds as
 * SLOW_DISK_VARIABLE says. */
#include "slow_disk.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void take_time(void)
{
    int ms = atoi(getenv(SLOW_DISK_VARIABLE));
    struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
    if (ms)
        syscall(SYS_nanosleep, &time, NULL);
}

#define SLOW(type, name, parameters, arguments)                                \
    type name parameters                                                       \
    {                                                                          \
        take_time();                                                           \
        return ((type(*) parameters)(size_t)dlsym(RTLD_NEXT, #name))arguments; \
    }

SLOW(int, stat, (const char *path, struct stat *status), (path, status))
SLOW(int, access, (const char *path, int mode), (path, mode))
SLOW(int, rename, (const char *from, const char *to), (from, to))
SLOW(int, unlink, (const char *path), (path))
SLOW(int, mkdir, (const char *path, mode_t mode), (path, mode))
SLOW(int, rmdir, (const char *path), (path))
SLOW(DIR *, opendir, (const char *path), (path))
SLOW(struct dirent *, readdir, (DIR * folder), (folder))
SLOW(ssize_t, pread, (int fd, void *bytes, size_t size, off_t offset), (fd, bytes, size, offset))
SLOW(FILE *, fopen, (const char *path, const char *mode), (path, mode))
SLOW(int, fclose, (FILE * stream), (stream))
