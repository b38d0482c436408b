#include "fake_ktls.h"

#include <stdlib.h>
#include <sys/sendfile.h>

struct ssl_st {
    int fd;
};

struct ssl_st *fake_ktls_open(int fd)
{
    struct ssl_st *ssl = malloc(sizeof *ssl);
    if (ssl)
        ssl->fd = fd;
    return ssl;
}

void fake_ktls_close(struct ssl_st *ssl)
{
    free(ssl);
}

int SSL_get_fd(const struct ssl_st *ssl)
{
    return ssl->fd;
}

ssize_t SSL_sendfile(struct ssl_st *ssl, int fd, off_t offset, size_t size, int flags)
{
    (void)flags;
    return sendfile(ssl->fd, fd, &offset, size);
}
