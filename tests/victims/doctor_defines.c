/* doctor_defines: exports recv itself, and has functions of OpenSSL's built in. */
#include <errno.h>
#include <sys/socket.h>

__attribute__((visibility("default"))) ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
    (void)fd, (void)buffer, (void)size, (void)flags;
    errno = ENOSYS;
    return -1;
}

int SSL_read(void *connection, void *buffer, int size);

/* Not exported: nobody is bound to it but this program. */
__attribute__((noinline)) int SSL_read(void *connection, void *buffer, int size)
{
    (void)connection;
    return (int)recv(-1, buffer, (size_t)size, 0);
}

int main(void)
{
    char byte;
    return SSL_read(&byte, &byte, 1) < 0 ? 0 : 1;
}
