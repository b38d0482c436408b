/* tls_waits: OpenSSL's functions where a wait is not wanted, or not for long: on sockets that do
 * not block, and on sockets with a timeout. */
#include "company.h"
#include "data_byte.h"
#include "facts.h"
#include "peer_client.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMEOUT_S 0.1

static const char *tls_outcome(SSL *ssl, int result)
{
    static const char *const names[] = {"none",        "SSL",     "WANT_READ",   "WANT_WRITE",
                                        "X509_LOOKUP", "SYSCALL", "ZERO_RETURN", "WANT_CONNECT"};
    int kind = SSL_get_error(ssl, result);
    ERR_clear_error();
    return names[kind < 8 ? kind : 1];
}

static void tls_close(SSL *ssl)
{
    int fd = SSL_get_fd(ssl);
    SSL_free(ssl);
    close(fd);
}

static void wait_for(SSL *ssl, short events)
{
    struct pollfd watched = {.fd = SSL_get_fd(ssl), .events = events};
    must(poll(&watched, 1, 5000) - 1, "poll");
}

static int connect_somehow(SSL *ssl)
{
    int rounds = 0, result;
    while ((result = SSL_connect(ssl)) != 1 && rounds++ < 100) {
        int kind = SSL_get_error(ssl, result);
        if (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE)
            break;
        wait_for(ssl, kind == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT);
    }
    return result;
}

static void without_blocking(void)
{
    char byte, data = (char)data_byte(0);
    int fd = peer_open("arrives wait 100 tls digest 1 eof");
    must(fcntl(fd, F_SETFL, O_NONBLOCK), "F_SETFL");
    SSL *ssl = peer_tls(fd);
    struct start start = start_now();
    int result = SSL_connect(ssl);
    const char *what = tls_outcome(ssl, result);
    fact("SSL_connect %d %s, at once %d", result, what, took(start, 0));
    fact("in the end %d", connect_somehow(ssl));
    start = start_now();
    result = SSL_read(ssl, &byte, 1);
    what = tls_outcome(ssl, result);
    fact("SSL_read %d %s, at once %d", result, what, took(start, 0));
    fact("SSL_write %d", SSL_write(ssl, &data, 1));
    /* What makes it readable may be a ticket. */
    while ((result = SSL_read(ssl, &byte, 1)) <= 0 &&
           SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ)
        wait_for(ssl, POLLIN);
    fact("in the end %d %c", result, byte);
    fact("still not blocking %d", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    tls_close(ssl);
}

static void set_timeout(int fd, double seconds)
{
    struct timeval timeout = {.tv_sec = (time_t)seconds,
                              .tv_usec = (suseconds_t)((seconds - (int)seconds) * 1e6)};
    must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout), "SO_RCVTIMEO");
}

static void with_timeouts(void)
{
    char byte;
    int fd = peer_open("tls wait 60000");
    set_timeout(fd, 10);
    SSL *ssl = peer_tls(fd);
    fact("SSL_connect %d", SSL_connect(ssl));
    set_timeout(fd, TIMEOUT_S);
    struct start start = start_now();
    int result = SSL_read(ssl, &byte, 1);
    const char *what = tls_outcome(ssl, result);
    fact("SSL_read %d %s, in time %d", result, what, took(start, TIMEOUT_S));
    start = start_now();
    size_t got = 7;
    result = SSL_read_ex(ssl, &byte, 1, &got);
    what = tls_outcome(ssl, result);
    fact("SSL_read_ex %d %s, in time %d", result, what, took(start, TIMEOUT_S));
    tls_close(ssl);

    fd = peer_open("wait 60000");
    set_timeout(fd, TIMEOUT_S);
    ssl = peer_tls(fd);
    start = start_now();
    result = SSL_connect(ssl);
    what = tls_outcome(ssl, result);
    fact("SSL_connect %d %s, in time %d", result, what, took(start, TIMEOUT_S));
    tls_close(ssl);
}

static void both_directions(void)
{
    char verdict[4] = "";
    static char data[100000];
    SSL *ssl = peer_tls(peer_open("tls wait 50 say x digest 0 wait 50 say y tls-shutdown"));
    fact("SSL_connect %d", SSL_connect(ssl));
    fact("SSL_write %d", SSL_write(ssl, data, 0));
    fact("SSL_read %d", SSL_read(ssl, verdict, 1));
    fact("SSL_peek %d", SSL_peek(ssl, verdict, 4));
    fact("SSL_pending %d", SSL_pending(ssl));
    fact("SSL_read %d %.4s", SSL_read(ssl, verdict, 4), verdict);
    int result;
    do
        result = SSL_read(ssl, verdict, 4);
    while (result > 0);
    fact("the end %d %s", result, tls_outcome(ssl, result));
    fact("SSL_shutdown %d", SSL_shutdown(ssl));
    tls_close(ssl);
}

static void scene(void)
{
    without_blocking();
    with_timeouts();
    both_directions();
}

int main(void)
{
    play(scene);
}
