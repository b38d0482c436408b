/*
 * tls.h: TLS as a client does it, with OpenSSL. The server's certificate and name are verified, and
 * each connection makes its own handshake: no session is resumed.
 */
#ifndef LEGACY_FETCHER_TLS_H
#define LEGACY_FETCHER_TLS_H

#include "connection.h"

/*
 * The context for all connections. Trusts the certificates in the file `trusted` (NULL: the
 * system's), or, when `insecure`, everything. NULL with an error. The caller frees it.
 */
SSL_CTX *tls_context(const char *trusted, bool insecure, struct error *error);

/* The handshake with `host`. */
bool tls_start(struct connection *connection, const char *host, struct error *error);

/* See connection_write() and connection_read(). */
bool tls_write(struct connection *connection, const char *from, size_t size, struct error *error);
ssize_t tls_read(struct connection *connection, char *to, size_t size, struct error *error);

/* See connection_close(). Does nothing for a plain connection. */
void tls_finish(struct connection *connection, bool goodbye);

#endif
