#include "counted_recv.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

unsigned counted_recvs;

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
    counted_recvs++;
    return syscall(SYS_recvfrom, fd, buffer, size, flags, NULL, NULL);
}
