#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

/* What is to be done after a call that did not succeed. */
enum verdict { TRY_AGAIN, ENDED, FAILED };

/* The first entry of the error queue is the cause, later ones are its consequences. */
static const char *queue_reason(void)
{
    unsigned long code = ERR_peek_error();
    const char *reason = NULL;
    if (code && ERR_SYSTEM_ERROR(code))
        return strerror(ERR_GET_REASON(code));
    if (code)
        reason = ERR_reason_error_string(code);
    return reason ? reason : "unknown TLS error";
}

static bool load_trust(SSL_CTX *context, const char *trusted)
{
    return trusted ? SSL_CTX_load_verify_file(context, trusted) == 1
                   : SSL_CTX_set_default_verify_paths(context) == 1;
}

SSL_CTX *tls_context(const char *trusted, bool insecure, struct error *error)
{
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context) {
        error_set(error, "cannot set up TLS (%s)", queue_reason());
        return NULL;
    }
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    if (insecure || load_trust(context, trusted))
        return context;
    error_set(error, "cannot load trusted certificates from %.128s (%s)",
              trusted ? trusted : "the system's store", queue_reason());
    SSL_CTX_free(context);
    return NULL;
}

/* Certificates name addresses and names in different places, and SNI is for names only. */
static bool set_host(SSL *ssl, const char *host)
{
    struct in6_addr address;
    if (inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

static enum verdict ended_without_goodbye(struct connection *connection)
{
    connection->cut = true;
    return ENDED;
}

static enum verdict judge_system_error(struct connection *connection, int system_error,
                                       struct error *error)
{
    if (system_error == 0)
        return ended_without_goodbye(connection);
    error_set(error, "%s", strerror(system_error));
    return FAILED;
}

static enum verdict judge_tls_error(struct connection *connection, struct error *error)
{
    long verified = SSL_get_verify_result(connection->ssl);
    if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return ended_without_goodbye(connection);
    if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED)
        error_set(error, "%s", X509_verify_cert_error_string(verified));
    else
        error_set(error, "%s", queue_reason());
    return FAILED;
}

/* After a call on connection->ssl returned `returned` <= 0; waits when that was the problem. */
static enum verdict judge(struct connection *connection, int returned, struct error *error)
{
    int system_error = errno;
    switch (SSL_get_error(connection->ssl, returned)) {
    case SSL_ERROR_WANT_READ:
        return connection_wait_readable(connection, error) ? TRY_AGAIN : FAILED;
    case SSL_ERROR_WANT_WRITE:
        return connection_wait_writable(connection, error) ? TRY_AGAIN : FAILED;
    case SSL_ERROR_ZERO_RETURN:
        return ENDED;
    case SSL_ERROR_SYSCALL:
        return judge_system_error(connection, system_error, error);
    default:
        return judge_tls_error(connection, error);
    }
}

/* Before each call: an error that is left in the queue would be taken for that call's. */
static bool prepare(struct connection *connection, struct error *error)
{
    ERR_clear_error();
    errno = 0;
    return connection_ready(connection, error);
}

/* For calls that do not expect the server to be gone. */
static bool try_again(struct connection *connection, int returned, struct error *error)
{
    enum verdict verdict = judge(connection, returned, error);
    if (verdict == ENDED)
        error_set(error, "the server closed the connection");
    return verdict == TRY_AGAIN;
}

static bool shake_hands(struct connection *connection, struct error *error)
{
    int returned;
    do {
        if (!prepare(connection, error))
            return false;
        returned = SSL_connect(connection->ssl);
        if (returned == 1)
            return true;
    } while (try_again(connection, returned, error));
    return false;
}

bool tls_start(struct connection *connection, const char *host, struct error *error)
{
    ERR_clear_error();
    connection->ssl = SSL_new(connection->settings->tls);
    if (!connection->ssl || !set_host(connection->ssl, host) ||
        SSL_set_fd(connection->ssl, connection->fd) != 1)
        return error_set(error, "cannot set up TLS (%s)", queue_reason());
    return shake_hands(connection, error) || error_wrap(error, "TLS handshake failed");
}

bool tls_write(struct connection *connection, const char *from, size_t size, struct error *error)
{
    int returned;
    size_t sent;
    do {
        if (!prepare(connection, error))
            return false;
        returned = SSL_write_ex(connection->ssl, from, size, &sent);
        if (returned == 1)
            return true; /* all of it: partial writes are not enabled */
    } while (try_again(connection, returned, error));
    return false;
}

/* One call of whichever function the settings name. Returns as SSL_read() does. */
static int read_once(struct connection *connection, char *to, size_t size)
{
    size_t got;
    if (!connection->settings->read_ex)
        return SSL_read(connection->ssl, to, (int)size);
    int returned = SSL_read_ex(connection->ssl, to, size, &got);
    return returned == 1 ? (int)got : returned;
}

ssize_t tls_read(struct connection *connection, char *to, size_t size, struct error *error)
{
    enum verdict verdict;
    do {
        if (!prepare(connection, error))
            return -1;
        int returned = read_once(connection, to, size);
        if (returned > 0)
            return returned;
        verdict = judge(connection, returned, error);
    } while (verdict == TRY_AGAIN);
    return verdict == ENDED ? 0 : -1;
}

void tls_finish(struct connection *connection, bool goodbye)
{
    ERR_clear_error();
    if (connection->ssl && goodbye)
        SSL_shutdown(connection->ssl);
    SSL_free(connection->ssl);
    connection->ssl = NULL;
}
