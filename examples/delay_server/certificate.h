/*
 * certificate.h: self-signed certificates for localhost, made in memory at start.
 */
#ifndef DELAY_SERVER_CERTIFICATE_H
#define DELAY_SERVER_CERTIFICATE_H

#include <openssl/ssl.h>
#include <stdbool.h>

/* An EC P-256 key: its handshakes are cheap. NULL on failure. The caller frees it. */
EVP_PKEY *certificate_make_key(void);

/*
 * A certificate for localhost, 127.0.0.1 and ::1, valid from `first_day` to `last_day` from today
 * (negative: in the past). `name` becomes the subject: two certificates of one trust store need
 * different ones. NULL on failure. The caller frees it.
 */
X509 *certificate_make(EVP_PKEY *key, const char *name, int first_day, int last_day);

/* Writes certificates as PEM, for clients to trust. Skips NULL ones. False with errno on failure.
 */
bool certificate_write(const char *path, X509 *const certificates[], int count);

/* A server's context for this certificate, without session cache. NULL on failure. */
SSL_CTX *certificate_context(EVP_PKEY *key, X509 *certificate);

#endif
