/*
 * SSL_read, SSL_write, SSL_sendfile, SSL_connect and their kin.
 *
 * The real function is called in any case: inside it libcrypto calls read and write, whose hooks
 * park or block as this call has decided. Waiting for readiness here would be wrong: a readable
 * socket may hold nothing but a session ticket, and SSL_read goes on waiting.
 *
 * With `all,-ssl` the read inside therefore blocks, although `socket` is patched, and SSL_read gets
 * the blame.
 */
#include "call/call.h"
#include "real/openssl.h"

#include <stddef.h>
#include <sys/types.h>

/* What a connection function may be called with. */
typedef int (*ssl_function)(SSL *);
typedef int (*ssl_transfer)(SSL *, void *, int);
typedef int (*ssl_transfer_ex)(SSL *, void *, size_t, size_t *);
typedef ssize_t (*ssl_sendfile)(SSL *, int, off_t, size_t, int);

EXPORT int SSL_read(SSL *ssl, void *buffer, int size);
EXPORT int SSL_peek(SSL *ssl, void *buffer, int size);
EXPORT int SSL_write(SSL *ssl, const void *buffer, int size);
EXPORT int SSL_read_ex(SSL *ssl, void *buffer, size_t size, size_t *done);
EXPORT int SSL_peek_ex(SSL *ssl, void *buffer, size_t size, size_t *done);
EXPORT int SSL_write_ex(SSL *ssl, const void *buffer, size_t size, size_t *done);
EXPORT ssize_t SSL_sendfile(SSL *ssl, int fd, off_t offset, size_t size, int flags);
EXPORT int SSL_connect(SSL *ssl);
EXPORT int SSL_accept(SSL *ssl);
EXPORT int SSL_do_handshake(SSL *ssl);
EXPORT int SSL_shutdown(SSL *ssl);

/* An OpenSSL that called us but cannot be found: the program could not go on without the shim
 * either. */
static void *find_or_fail(enum call_id id, const void *caller)
{
    void *found = openssl_find(id, caller);
    if (!found)
        __builtin_trap();
    return found;
}

static void enter(struct call *call, enum call_id id, const void *caller, SSL *ssl, void *real)
{
    int fd = log_on() ? openssl_descriptor(ssl, real) : -1;
    *call = (struct call){.log = {.id = id, .fd = fd, .caller = caller}};
    call_enter(call);
}

/* These functions say what happened in their own way, not in errno. */
static int leave(struct call *call, int result, int64_t logged)
{
    call_leave_with(call, logged, 0);
    return result;
}

/* What TLS has negotiated: with HTTP/2 several requests are on a connection at once. */
static void tell_protocol(struct call *call, const SSL *ssl, const void *real)
{
    if (call->logged && call->log.fd >= 0 && openssl_speaks_http2(ssl, real))
        log_http2(call->thread, call->log.fd);
}

static int hook_plain(enum call_id id, const void *caller, SSL *ssl)
{
    ssl_function real = (ssl_function)find_or_fail(id, caller);
    struct call call;
    if (call_is_plain())
        return real(ssl);
    enter(&call, id, caller, ssl, (void *)real);
    int result = real(ssl);
    if (result == 1 && call_role(id) == ROLE_HANDSHAKE)
        tell_protocol(&call, ssl, (void *)real);
    return leave(&call, result, result);
}

static int hook_transfer(enum call_id id, const void *caller, SSL *ssl, void *buffer, int size)
{
    ssl_transfer real = (ssl_transfer)find_or_fail(id, caller);
    struct http_line line;
    struct call call;
    if (call_is_plain())
        return real(ssl, buffer, size);
    enter(&call, id, caller, ssl, (void *)real);
    if (call_role(id) == ROLE_TLS_WRITE && call_may_say(&call))
        call_says(&call, &line, buffer, (size_t)size);
    int result = real(ssl, buffer, size);
    if (call_role(id) != ROLE_TLS_WRITE)
        call_has_read(&call, buffer, result);
    return leave(&call, result, result);
}

/* In the log these have the same result as the others: bytes, or what failed. */
static int hook_transfer_ex(enum call_id id, const void *caller, SSL *ssl, void *buffer,
                            size_t size, size_t *done)
{
    ssl_transfer_ex real = (ssl_transfer_ex)find_or_fail(id, caller);
    struct http_line line;
    struct call call;
    if (call_is_plain())
        return real(ssl, buffer, size, done);
    enter(&call, id, caller, ssl, (void *)real);
    if (call_role(id) == ROLE_TLS_WRITE && call_may_say(&call))
        call_says(&call, &line, buffer, (size_t)size);
    int result = real(ssl, buffer, size, done);
    if (result > 0 && done && call_role(id) != ROLE_TLS_WRITE)
        call_has_read(&call, buffer, (int64_t)*done);
    return leave(&call, result, result > 0 && done ? (int64_t)*done : result - 1);
}

EXPORT int SSL_read(SSL *ssl, void *buffer, int size)
{
    return hook_transfer(CALL_SSL_read, CALLER, ssl, buffer, size);
}

EXPORT int SSL_peek(SSL *ssl, void *buffer, int size)
{
    return hook_transfer(CALL_SSL_peek, CALLER, ssl, buffer, size);
}

EXPORT int SSL_write(SSL *ssl, const void *buffer, int size)
{
    return hook_transfer(CALL_SSL_write, CALLER, ssl, (void *)buffer, size);
}

EXPORT int SSL_read_ex(SSL *ssl, void *buffer, size_t size, size_t *done)
{
    return hook_transfer_ex(CALL_SSL_read_ex, CALLER, ssl, buffer, size, done);
}

EXPORT int SSL_peek_ex(SSL *ssl, void *buffer, size_t size, size_t *done)
{
    return hook_transfer_ex(CALL_SSL_peek_ex, CALLER, ssl, buffer, size, done);
}

EXPORT int SSL_write_ex(SSL *ssl, const void *buffer, size_t size, size_t *done)
{
    return hook_transfer_ex(CALL_SSL_write_ex, CALLER, ssl, (void *)buffer, size, done);
}

EXPORT ssize_t SSL_sendfile(SSL *ssl, int fd, off_t offset, size_t size, int flags)
{
    ssl_sendfile real = (ssl_sendfile)find_or_fail(CALL_SSL_sendfile, CALLER);
    struct call call;
    if (call_is_plain())
        return real(ssl, fd, offset, size, flags);
    enter(&call, CALL_SSL_sendfile, CALLER, ssl, (void *)real);
    ssize_t sent = real(ssl, fd, offset, size, flags);
    call_leave_with(&call, sent, 0);
    return sent;
}

EXPORT int SSL_connect(SSL *ssl)
{
    return hook_plain(CALL_SSL_connect, CALLER, ssl);
}

EXPORT int SSL_accept(SSL *ssl)
{
    return hook_plain(CALL_SSL_accept, CALLER, ssl);
}

EXPORT int SSL_do_handshake(SSL *ssl)
{
    return hook_plain(CALL_SSL_do_handshake, CALLER, ssl);
}

EXPORT int SSL_shutdown(SSL *ssl)
{
    return hook_plain(CALL_SSL_shutdown, CALLER, ssl);
}
