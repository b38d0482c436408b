#include "slow_disk.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* By a raw system call: it stands for what the kernel does. */
static void take_time(void)
{
    int ms = atoi(getenv(SLOW_DISK_VARIABLE));
    struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
    syscall(SYS_nanosleep, &time, NULL);
}

int fsync(int fd)
{
    take_time();
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    take_time();
    return (int)syscall(SYS_fdatasync, fd);
}

int syncfs(int fd)
{
    take_time();
    return fcntl(fd, F_GETFD) < 0 ? -1 : 0;
}

void sync(void)
{
    take_time();
}
