/*
 * connection.h: a connection to a server, plain or through TLS: bytes in, bytes out, and not beyond
 * its deadline. Errors say why; what was being done is for the caller to add.
 */
#ifndef LEGACY_FETCHER_CONNECTION_H
#define LEGACY_FETCHER_CONNECTION_H

#include <openssl/ssl.h>
#include <sys/types.h>

#include "url.h"
#include "wait.h"

/* The same for all connections. */
struct connection_settings {
    SSL_CTX *tls;    /* borrowed */
    int64_t timeout; /* ns, from the start of a request to its end */
    enum wait_how wait;
    bool read_ex; /* SSL_read_ex instead of SSL_read */
};

struct connection {
    const struct connection_settings *settings; /* borrowed */
    int fd;
    SSL *ssl;         /* NULL: plain */
    int64_t deadline; /* ns of clock_now() */
    bool cut;         /* TLS ended without saying so: something may be missing */
};

/* False with an error; connection_close() is due in any case. */
bool connection_open(struct connection *connection, const struct connection_settings *settings,
                     const struct url *url, struct error *error);

/* Sends all of it. */
bool connection_write(struct connection *connection, const char *from, size_t size,
                      struct error *error);

/* Returns how much has come, 0 at the end, or -1 with an error. */
ssize_t connection_read(struct connection *connection, char *to, size_t size, struct error *error);

/* `goodbye`: all went well. Otherwise the server is left without a word: a TLS connection that has
 * failed cannot be ended properly, and a slow server is not to be waited for once more. */
void connection_close(struct connection *connection, bool goodbye);

/*
 * For plain.c and tls.c: before a call on the socket; and after one that would have blocked. False
 * with an error when the deadline has come.
 */
bool connection_ready(struct connection *connection, struct error *error);
bool connection_wait_readable(struct connection *connection, struct error *error);
bool connection_wait_writable(struct connection *connection, struct error *error);

#endif
