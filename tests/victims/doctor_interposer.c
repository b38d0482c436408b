/* A library that defines a function of libc's which is hooked as well, and calls it itself. */
#include <errno.h>
#include <sys/socket.h>

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
    (void)fd, (void)buffer, (void)size, (void)flags;
    errno = ENOSYS;
    return -1;
}

int interposer_calls(void);

int interposer_calls(void)
{
    return recv(-1, "", 0, 0) < 0;
}
