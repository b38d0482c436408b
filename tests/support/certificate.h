/*
 * certificate.h: self-signed certificates for localhost, made on the spot.
 */
#ifndef SUPPORT_CERTIFICATE_H
#define SUPPORT_CERTIFICATE_H

#include <openssl/types.h>

/* A server's context whose certificate is valid until `days` days from now (negative: expired),
 * to be freed by SSL_CTX_free(). Fails the test when OpenSSL fails. */
SSL_CTX *certificate_context(int days);

/* Appends a context's certificate, or its certificate and key, as PEM to a file. */
void certificate_append(SSL_CTX *context, const char *path);
void certificate_append_with_key(SSL_CTX *context, const char *path);

#endif
