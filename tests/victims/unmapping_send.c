#include "unmapping_send.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PAGE = 4096 };

void *unmapped_when_sent;

static ssize_t unmap(ssize_t sent)
{
    if (sent >= 0 && unmapped_when_sent)
        munmap(unmapped_when_sent, PAGE);
    return sent;
}

ssize_t send(int fd, const void *buffer, size_t size, int flags)
{
    return unmap(syscall(SYS_sendto, fd, buffer, size, flags, NULL, 0));
}

ssize_t write(int fd, const void *buffer, size_t size)
{
    return unmap(syscall(SYS_write, fd, buffer, size));
}

ssize_t writev(int fd, const struct iovec *buffers, int count)
{
    return unmap(syscall(SYS_writev, fd, buffers, count));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return unmap(syscall(SYS_sendmsg, fd, message, flags));
}
