/*
 * fake_ktls.h: a libssl of one function. SSL_sendfile(3) needs a kernel that encrypts; with one it
 * is sendfile(2) on the connection's socket, and that is what this library does.
 */
#ifndef VICTIMS_FAKE_KTLS_H
#define VICTIMS_FAKE_KTLS_H

#include <stddef.h>
#include <sys/types.h>

struct ssl_st;

struct ssl_st *fake_ktls_open(int fd);
void fake_ktls_close(struct ssl_st *ssl);

int SSL_get_fd(const struct ssl_st *ssl);
ssize_t SSL_sendfile(struct ssl_st *ssl, int fd, off_t offset, size_t size, int flags);

#endif
