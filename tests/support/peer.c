/*
 * A thread accepts, and one thread a connection runs its script. `peer.wake` becomes readable when
 * the peer stops: every wait of a thread watches it too.
 */
#include "peer.h"

#include "certificate.h"
#include "data_byte.h"
#include "scratch.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST_SCRIPT = 512, CHUNK = 65536, QUEUE = 4096 };

struct connection {
    struct connection *next;
    pthread_t thread;
    int fd;
    SSL *ssl; /* NULL: plain */
};

static struct {
    int listener, wake;
    pthread_t thread;
    pthread_mutex_t lock; /* of `connections` */
    struct connection *connections;
    SSL_CTX *good, *expired;
    struct scratch scratch;
} peer = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- waiting ---- */

/* Waits until the descriptor is ready (fd -1: for the time alone). False: time is up, or the peer
 * stops. */
static bool wait_ready(int fd, short events, int ms)
{
    struct pollfd watched[] = {{.fd = peer.wake, .events = POLLIN}, {.fd = fd, .events = events}};
    return poll(watched, 2, ms) > 0 && !watched[0].revents;
}

static bool wait_ms(int ms)
{
    struct pollfd wake = {.fd = peer.wake, .events = POLLIN};
    return poll(&wake, 1, ms) == 0;
}

/* ---- bytes, over TLS or not; descriptors are non-blocking ---- */

static bool tls_again(struct connection *to, int result)
{
    switch (SSL_get_error(to->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return wait_ready(to->fd, POLLIN, -1);
    case SSL_ERROR_WANT_WRITE:
        return wait_ready(to->fd, POLLOUT, -1);
    default:
        return false;
    }
}

static ssize_t receive_some(struct connection *from, char *bytes, size_t size)
{
    if (!from->ssl)
        return wait_ready(from->fd, POLLIN, -1) ? read(from->fd, bytes, size) : -1;
    int got;
    while ((got = SSL_read(from->ssl, bytes, (int)size)) <= 0)
        if (!tls_again(from, got))
            return -1;
    return got;
}

static ssize_t send_some(struct connection *to, const char *bytes, size_t size)
{
    if (!to->ssl)
        return wait_ready(to->fd, POLLOUT, -1) ? send(to->fd, bytes, size, MSG_NOSIGNAL) : -1;
    int sent;
    while ((sent = SSL_write(to->ssl, bytes, (int)size)) <= 0)
        if (!tls_again(to, sent))
            return -1;
    return sent;
}

static bool send_all(struct connection *to, const char *bytes, size_t size)
{
    while (size) {
        ssize_t sent = send_some(to, bytes, size);
        if (sent <= 0)
            return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* ---- words ---- */

static bool word_say(struct connection *to, const char *text)
{
    return send_all(to, text, strlen(text));
}

static bool word_wait(struct connection *none, const char *ms)
{
    (void)none;
    return wait_ms(atoi(ms));
}

static bool word_send(struct connection *to, const char *count)
{
    char bytes[CHUNK];
    size_t size = strtoul(count, NULL, 10), offset = 0;
    while (offset < size) {
        size_t part = size - offset < sizeof bytes ? size - offset : sizeof bytes;
        for (size_t i = 0; i < part; i++)
            bytes[i] = data_byte(offset + i);
        if (!send_all(to, bytes, part))
            return false;
        offset += part;
    }
    return true;
}

static bool word_digest(struct connection *from, const char *count)
{
    char bytes[CHUNK];
    size_t size = strtoul(count, NULL, 10), offset = 0;
    bool good = true;
    while (offset < size) {
        size_t part = size - offset < sizeof bytes ? size - offset : sizeof bytes;
        ssize_t got = receive_some(from, bytes, part);
        if (got <= 0)
            return false;
        for (ssize_t i = 0; i < got; i++)
            good = good && bytes[i] == data_byte(offset + (size_t)i);
        offset += (size_t)got;
    }
    return word_say(from, good ? "good" : "evil");
}

static bool word_arrives(struct connection *from, const char *none)
{
    (void)none;
    return wait_ready(from->fd, POLLIN, -1);
}

static bool word_eof(struct connection *from, const char *none)
{
    (void)none;
    char bytes[CHUNK];
    while (receive_some(from, bytes, sizeof bytes) > 0)
        ;
    return true;
}

static bool word_half(struct connection *to, const char *none)
{
    (void)none;
    return shutdown(to->fd, SHUT_WR) == 0;
}

static bool word_reset(struct connection *to, const char *none)
{
    (void)none;
    struct linger abrupt = {.l_onoff = 1, .l_linger = 0};
    return setsockopt(to->fd, SOL_SOCKET, SO_LINGER, &abrupt, sizeof abrupt) == 0;
}

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* Replaces the connection by a new one; the old one's other side sees its end. */
static bool redial(struct connection *connection, int family, const struct sockaddr *to,
                   socklen_t size)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, to, size) < 0) {
        close(fd);
        return false;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    dup3(fd, connection->fd, O_CLOEXEC);
    close(fd);
    return true;
}

static bool word_dial(struct connection *connection, const char *port)
{
    struct sockaddr_in to = loopback(atoi(port));
    return redial(connection, AF_INET, (struct sockaddr *)&to, sizeof to);
}

static bool word_dials(struct connection *connection, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    strncat(to.sun_path, path, sizeof to.sun_path - 1);
    return redial(connection, AF_UNIX, (struct sockaddr *)&to, sizeof to);
}

/* Connects until nobody fits into the listener's queue. Returns how many descriptors it opened. */
static int fill_queue(const struct sockaddr_in *to, int *fds, int most)
{
    for (int i = 0; i < most; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        connect(fds[i], (const struct sockaddr *)to, sizeof *to);
        if (!wait_ready(fds[i], POLLOUT, 50))
            return i + 1;
    }
    return most;
}

static bool word_full(struct connection *to, const char *ms)
{
    int fds[8], count, waited = atoi(ms);
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bind(listener, (struct sockaddr *)&address, sizeof address);
    listen(listener, 0);
    getsockname(listener, (struct sockaddr *)&address, &size);
    count = fill_queue(&address, fds, 8);

    char text[16];
    snprintf(text, sizeof text, "%d\n", ntohs(address.sin_port));
    bool going = word_say(to, text) && receive_some(to, text, 1) == 1 && wait_ms(waited);
    /* Whoever waited is let in; the connections end with the victim's. */
    struct pollfd watched[] = {{.fd = peer.wake, .events = POLLIN},
                               {.fd = to->fd, .events = POLLIN},
                               {.fd = listener, .events = POLLIN}};
    while (going && poll(watched, 3, -1) > 0 && !watched[0].revents && !watched[1].revents)
        close(accept(listener, NULL, NULL));
    while (count)
        close(fds[--count]);
    close(listener);
    return going;
}

static bool handshake(struct connection *with, SSL_CTX *context, int (*step)(SSL *))
{
    with->ssl = SSL_new(context);
    SSL_set_fd(with->ssl, with->fd);
    int result;
    while ((result = step(with->ssl)) <= 0)
        if (!tls_again(with, result))
            return false;
    return true;
}

static bool word_tls(struct connection *with, const char *none)
{
    (void)none;
    return handshake(with, peer.good, SSL_accept);
}

static bool word_tls_expired(struct connection *with, const char *none)
{
    (void)none;
    return handshake(with, peer.expired, SSL_accept);
}

static bool word_tls_client(struct connection *with, const char *none)
{
    (void)none;
    return handshake(with, peer.good, SSL_connect);
}

static bool word_tls_shutdown(struct connection *with, const char *none)
{
    (void)none;
    int result;
    while ((result = SSL_shutdown(with->ssl)) < 1)
        if (result < 0 && !tls_again(with, result))
            return false;
        else if (result == 0 && !wait_ready(with->fd, POLLIN, -1))
            return false;
    return true;
}

static const struct word {
    const char *name;
    bool (*run)(struct connection *, const char *value);
    bool has_value;
} words[] = {
    {"wait", word_wait, true},
    {"say", word_say, true},
    {"send", word_send, true},
    {"digest", word_digest, true},
    {"arrives", word_arrives, false},
    {"eof", word_eof, false},
    {"half", word_half, false},
    {"reset", word_reset, false},
    {"dial", word_dial, true},
    {"dials", word_dials, true},
    {"full", word_full, true},
    {"tls", word_tls, false},
    {"tls-expired", word_tls_expired, false},
    {"tls-client", word_tls_client, false},
    {"tls-shutdown", word_tls_shutdown, false},
};

/* ---- connections ---- */

/* Reads the script's line and not a byte more: what follows may be TLS. */
static bool script_receive(struct connection *from, char *script, size_t size)
{
    for (size_t used = 0; used + 1 < size; used++) {
        if (receive_some(from, script + used, 1) != 1)
            return false;
        if (script[used] == '\n') {
            script[used] = '\0';
            return true;
        }
    }
    return false;
}

static const struct word *word_find(const char *name)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].name, name) == 0)
            return &words[i];
    fprintf(stderr, "peer: no such word: %s\n", name);
    abort();
}

static void script_run(struct connection *connection, char *script)
{
    char *rest = script, *name;
    while ((name = strtok_r(NULL, " ", &rest))) {
        const struct word *word = word_find(name);
        const char *value = word->has_value ? strtok_r(NULL, " ", &rest) : NULL;
        if (word->has_value && !value)
            abort();
        if (!word->run(connection, value))
            break;
    }
}

static void *connection_serve(void *argument)
{
    struct connection *connection = argument;
    char script[LONGEST_SCRIPT];
    if (script_receive(connection, script, sizeof script))
        script_run(connection, script);
    SSL_free(connection->ssl);
    connection->ssl = NULL;
    close(connection->fd);
    return NULL;
}

static void connection_start(int fd)
{
    struct connection *connection = calloc(1, sizeof *connection);
    ck_assert_ptr_nonnull(connection);
    connection->fd = fd;
    ck_assert_int_eq(pthread_create(&connection->thread, NULL, connection_serve, connection), 0);
    pthread_mutex_lock(&peer.lock);
    connection->next = peer.connections;
    peer.connections = connection;
    pthread_mutex_unlock(&peer.lock);
}

static void *peer_accept(void *none)
{
    while (wait_ready(peer.listener, POLLIN, -1)) {
        int fd = accept4(peer.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            connection_start(fd);
    }
    return none;
}

/* ---- the peer ---- */

static void peer_listen(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    peer.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(bind(peer.listener, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(peer.listener, QUEUE), 0);
    ck_assert_int_eq(getsockname(peer.listener, (struct sockaddr *)&address, &size), 0);
    char port[8];
    snprintf(port, sizeof port, "%d", ntohs(address.sin_port));
    setenv("PEER_PORT", port, 1);
}

static void peer_certify(void)
{
    scratch_make(&peer.scratch);
    peer.good = certificate_context(30);
    peer.expired = certificate_context(-1);
    const char *path = scratch_path(&peer.scratch, "ca.pem");
    certificate_append(peer.good, path);
    certificate_append(peer.expired, path);
    setenv("PEER_CA", path, 1);
    path = scratch_path(&peer.scratch, "server.pem");
    certificate_append_with_key(peer.good, path);
    setenv("PEER_SERVER", path, 1);
}

void peer_start(void)
{
    signal(SIGPIPE, SIG_IGN); /* SSL_write to a victim that is gone */
    peer_certify();
    peer_listen();
    peer.wake = eventfd(0, EFD_CLOEXEC);
    ck_assert_int_eq(pthread_create(&peer.thread, NULL, peer_accept, NULL), 0);
}

void peer_stop(void)
{
    eventfd_write(peer.wake, 1);
    pthread_join(peer.thread, NULL);
    while (peer.connections) {
        struct connection *connection = peer.connections;
        peer.connections = connection->next;
        pthread_join(connection->thread, NULL);
        free(connection);
    }
    close(peer.listener);
    close(peer.wake);
    SSL_CTX_free(peer.good);
    SSL_CTX_free(peer.expired);
    scratch_remove(&peer.scratch);
}
