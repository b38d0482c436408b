/*
 * openssl.h: the process's OpenSSL, found and never linked.
 *
 * libssl may be loaded where RTLD_NEXT does not see it (Python's _ssl opens it RTLD_LOCAL), and
 * there may be two of them. So a function is looked up through the object that calls it first.
 */
#ifndef REAL_OPENSSL_H
#define REAL_OPENSSL_H

#include "real/calls.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct ssl_st SSL;

/* The real function for a call that returns to `caller`; NULL when it cannot be found. */
void *openssl_find(enum call_id id, const void *caller);

/* The descriptor of a connection, or -1. `real_function` is any function of its libssl. */
int openssl_descriptor(const SSL *ssl, const void *real_function);

/* Whether HTTP/2 was negotiated on it (ALPN). */
bool openssl_speaks_http2(const SSL *ssl, const void *real_function);

/*
 * OpenSSL's error queue belongs to the thread, and SSL_get_error looks at it: what another task
 * left there turns a plain WANT_READ into SSL_ERROR_SSL. So a task takes its entries along when it
 * is parked.
 */
struct openssl_errors;

/* Whether a libcrypto is known whose queue is kept. Atomic. */
extern bool openssl_has_queue;

static inline bool openssl_is_known(void)
{
    return __atomic_load_n(&openssl_has_queue, __ATOMIC_ACQUIRE);
}

/* Once there is one. */
struct openssl_errors *openssl_queue_take(void);
void openssl_queue_put(struct openssl_errors *errors);

/* Empties the thread's queue. Returns its entries, or NULL when it was empty or memory is short. */
static inline struct openssl_errors *openssl_errors_take(void)
{
    return openssl_is_known() ? openssl_queue_take() : NULL;
}

/* Puts entries back, in place of what the thread's queue has, and frees them. NULL is none. */
static inline void openssl_errors_put(struct openssl_errors *errors)
{
    if (openssl_is_known())
        openssl_queue_put(errors);
}

/* Drops what the thread's queue holds. */
void openssl_errors_clear(void);

/* NULL is ignored. */
void openssl_errors_free(struct openssl_errors *errors);

#endif
