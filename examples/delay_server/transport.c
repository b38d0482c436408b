#include "transport.h"

#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

bool transport_open(struct transport *transport, int fd, SSL_CTX *context)
{
    *transport = (struct transport){.fd = fd};
    if (!context)
        return true;
    transport->ssl = SSL_new(context);
    if (!transport->ssl || SSL_set_fd(transport->ssl, fd) != 1) {
        transport_close(transport);
        return false;
    }
    SSL_set_accept_state(transport->ssl);
    return true;
}

static enum transport_result ssl_result(const struct transport *transport, int returned)
{
    switch (SSL_get_error(transport->ssl, returned)) {
    case SSL_ERROR_NONE:
        return TRANSPORT_DONE;
    case SSL_ERROR_WANT_READ:
        return TRANSPORT_WANTS_READ;
    case SSL_ERROR_WANT_WRITE:
        return TRANSPORT_WANTS_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return TRANSPORT_ENDED;
    default:
        return TRANSPORT_FAILED;
    }
}

static enum transport_result failed(enum transport_result would_block)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return would_block;
    return TRANSPORT_FAILED;
}

enum transport_result transport_handshake(struct transport *transport)
{
    if (!transport->ssl)
        return TRANSPORT_DONE;
    /* An error that another connection left in the queue would be taken for ours. */
    ERR_clear_error();
    return ssl_result(transport, SSL_do_handshake(transport->ssl));
}

enum transport_result transport_read(struct transport *transport, char *to, size_t size,
                                     size_t *got)
{
    if (transport->ssl) {
        ERR_clear_error();
        return ssl_result(transport, SSL_read_ex(transport->ssl, to, size, got));
    }
    ssize_t received = recv(transport->fd, to, size, 0);
    if (received < 0)
        return failed(TRANSPORT_WANTS_READ);
    *got = (size_t)received;
    return received == 0 ? TRANSPORT_ENDED : TRANSPORT_DONE;
}

enum transport_result transport_write(struct transport *transport, const char *from, size_t size,
                                      size_t *sent)
{
    if (transport->ssl) {
        ERR_clear_error();
        return ssl_result(transport, SSL_write_ex(transport->ssl, from, size, sent));
    }
    ssize_t written = send(transport->fd, from, size, MSG_NOSIGNAL);
    if (written < 0)
        return failed(TRANSPORT_WANTS_WRITE);
    *sent = (size_t)written;
    return TRANSPORT_DONE;
}

void transport_end(struct transport *transport)
{
    if (transport->ssl && SSL_is_init_finished(transport->ssl)) {
        ERR_clear_error();
        SSL_shutdown(transport->ssl);
    }
    shutdown(transport->fd, SHUT_WR);
}

enum transport_result transport_drain(struct transport *transport)
{
    char dropped[4096];
    ssize_t got = recv(transport->fd, dropped, sizeof dropped, 0);
    if (got < 0)
        return failed(TRANSPORT_WANTS_READ);
    return got == 0 ? TRANSPORT_ENDED : TRANSPORT_WANTS_READ;
}

void transport_close(struct transport *transport)
{
    SSL_free(transport->ssl);
    transport->ssl = NULL;
    if (transport->fd >= 0)
        close(transport->fd);
    transport->fd = -1;
}
