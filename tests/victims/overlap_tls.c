/* overlap_tls: tasks that wait in OpenSSL's functions, on blocking sockets. */
#include "data_byte.h"
#include "facts.h"
#include "overlap.h"
#include "peer_client.h"

#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 4 << 20 };

static char data[SIZE];

static void tls_close(SSL *ssl)
{
    int fd = SSL_get_fd(ssl);
    SSL_free(ssl);
    close(fd);
}

/* ---- handshakes ---- */

static bool handshake_late(int (*step)(SSL *))
{
    SSL *ssl = peer_tls(peer_open("wait %d tls eof", overlap_wait_ms));
    bool right = step(ssl) == 1 && SSL_get_verify_result(ssl) == X509_V_OK;
    tls_close(ssl);
    return right;
}

static bool wait_connect(int index)
{
    (void)index;
    return handshake_late(SSL_connect);
}

static bool wait_do_handshake(int index)
{
    (void)index;
    return handshake_late(SSL_do_handshake);
}

static bool wait_accept(int index)
{
    (void)index;
    SSL *ssl = SSL_new(peer_server());
    SSL_set_fd(ssl, peer_open("wait %d tls-client eof", overlap_wait_ms));
    bool right = SSL_accept(ssl) == 1;
    tls_close(ssl);
    return right;
}

/* ---- reading: TLS 1.3 tickets make the socket readable before there is anything to read ---- */

static bool read_letter(int index, int (*receive)(SSL *, char *letter))
{
    char wanted = (char)('a' + index % 26), letter = 0;
    SSL *ssl = peer_tls(peer_open("tls wait %d say %c eof", overlap_wait_ms, wanted));
    bool right = SSL_connect(ssl) == 1 && receive(ssl, &letter) == 1 && letter == wanted;
    tls_close(ssl);
    return right;
}

static int by_read(SSL *ssl, char *letter)
{
    return SSL_read(ssl, letter, 1);
}

static int by_read_ex(SSL *ssl, char *letter)
{
    size_t got = 0;
    return SSL_read_ex(ssl, letter, 1, &got) == 1 && got == 1;
}

static int by_peek(SSL *ssl, char *letter)
{
    return SSL_peek(ssl, letter, 1) == 1 && SSL_pending(ssl) == 1;
}

static int by_peek_ex(SSL *ssl, char *letter)
{
    size_t got = 0;
    return SSL_peek_ex(ssl, letter, 1, &got) == 1 && got == 1 && SSL_pending(ssl) == 1;
}

static bool wait_read(int index)
{
    return read_letter(index, by_read);
}

static bool wait_read_ex(int index)
{
    return read_letter(index, by_read_ex);
}

static bool wait_peek(int index)
{
    return read_letter(index, by_peek);
}

static bool wait_peek_ex(int index)
{
    return read_letter(index, by_peek_ex);
}

/* ---- writing ---- */

static bool write_data(bool (*send_all)(SSL *))
{
    int small = 256 << 10;
    char verdict[4];
    int fd = peer_open("tls wait %d digest %d eof", overlap_wait_ms, SIZE);
    must(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), "SO_SNDBUF");
    SSL *ssl = peer_tls(fd);
    bool right = SSL_connect(ssl) == 1 && send_all(ssl) && SSL_read(ssl, verdict, 4) == 4 &&
                 memcmp(verdict, "good", 4) == 0;
    tls_close(ssl);
    return right;
}

static bool by_write(SSL *ssl)
{
    return SSL_write(ssl, data, SIZE) == SIZE;
}

static bool by_write_ex(SSL *ssl)
{
    size_t sent = 0;
    return SSL_write_ex(ssl, data, SIZE, &sent) == 1 && sent == SIZE;
}

static bool wait_write(int index)
{
    (void)index;
    return write_data(by_write);
}

static bool wait_write_ex(int index)
{
    (void)index;
    return write_data(by_write_ex);
}

/* ---- the end ---- */

static bool wait_shutdown(int index)
{
    (void)index;
    SSL *ssl = peer_tls(peer_open("tls wait %d tls-shutdown", overlap_wait_ms));
    bool right = SSL_connect(ssl) == 1 && SSL_shutdown(ssl) == 0 && SSL_shutdown(ssl) == 1;
    tls_close(ssl);
    return right;
}

int main(int argc, char **argv)
{
    static const struct overlap_case cases[] = {
        {"SSL_connect", wait_connect},
        {"SSL_do_handshake", wait_do_handshake},
        {"SSL_accept", wait_accept},
        {"SSL_read", wait_read},
        {"SSL_read_ex", wait_read_ex},
        {"SSL_peek", wait_peek},
        {"SSL_peek_ex", wait_peek_ex},
        {"SSL_write", wait_write},
        {"SSL_write_ex", wait_write_ex},
        {"SSL_shutdown", wait_shutdown},
        {NULL, NULL},
    };
    for (size_t i = 0; i < SIZE; i++)
        data[i] = data_byte(i);
    peer_trust();
    peer_server();
    return overlap_main(argc, argv, cases);
}
