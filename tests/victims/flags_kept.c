/* flags_kept: while a task waits, nobody who looks at its descriptor, or at a duplicate of it, sees
 * O_NONBLOCK. A thread looks all the time where no flag may ever be touched; around connect and
 * accept it may be for an instant, so there a look is taken once, while the call waits. */
#include "facts.h"
#include "peer_client.h"

#include <fcntl.h>
#include <greq/greq.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

static char bytes[4 << 20];

/* ---- a watch on one descriptor ---- */

struct watch {
    pthread_t thread;
    int fd; /* a duplicate */
    atomic_bool over, changed;
};

static void *watch_run(void *argument)
{
    struct watch *watch = argument;
    while (!watch->over) {
        if (fcntl(watch->fd, F_GETFL) & O_NONBLOCK)
            watch->changed = true;
        raw_sleep_ms(1);
    }
    return NULL;
}

static void watch_begin(struct watch *watch, int fd)
{
    watch->over = watch->changed = false;
    watch->fd = must(dup(fd), "dup");
    must(-pthread_create(&watch->thread, NULL, watch_run, watch), "pthread_create");
}

static void watch_end(struct watch *watch, const char *call)
{
    watch->over = true;
    pthread_join(watch->thread, NULL);
    close(watch->fd);
    fact("%s: changed %d", call, watch->changed);
}

/* ---- calls that never need the flag ---- */

static void *run_receive(void *none)
{
    struct watch watch;
    int fd = peer_open("wait 200 say a eof");
    watch_begin(&watch, fd);
    fact("recv %s", outcome(recv(fd, bytes, 1, 0)));
    watch_end(&watch, "recv");
    close(fd);
    return none;
}

static void *run_send(void *none)
{
    struct watch watch;
    int fd = peer_open("wait 200 digest %zu eof", sizeof bytes);
    watch_begin(&watch, fd);
    fact("send %s", outcome(send(fd, bytes, sizeof bytes, 0)));
    watch_end(&watch, "send");
    close(fd);
    return none;
}

static void *run_tls(void *none)
{
    struct watch watch;
    int fd = peer_open("wait 100 tls wait 100 say a eof");
    SSL *ssl = peer_tls(fd);
    watch_begin(&watch, fd);
    fact("SSL_connect %d", SSL_connect(ssl));
    fact("SSL_read %d", SSL_read(ssl, bytes, 1));
    watch_end(&watch, "SSL_read");
    SSL_free(ssl);
    close(fd);
    return none;
}

/* ---- accept and connect: looked at once, in the middle of the wait ---- */

static int blocking_before(int fd)
{
    return !(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

static void *run_accept(void *listener)
{
    close(accept((int)(intptr_t)listener, NULL, NULL));
    return NULL;
}

static void look_at_accept(void)
{
    int port, listener = listen_loopback(&port, 8);
    int peer = peer_open("wait 200 dial %d eof", port);
    greq_task *task = greq_spawn(run_accept, (void *)(intptr_t)listener);
    usleep(100000);
    fact("accept: blocking %d", blocking_before(listener));
    greq_join(task, NULL);
    fact("after accept: blocking %d", blocking_before(listener));
    close(peer);
    close(listener);
}

struct connect_call {
    int fd, port;
};

static void *run_connect(void *argument)
{
    struct connect_call *call = argument;
    return (void *)(intptr_t)connect_loopback(call->fd, call->port);
}

static void look_at_connect(void)
{
    int peer = peer_full(300), port = peer_full_port(peer);
    struct connect_call call = {must(socket(AF_INET, SOCK_STREAM, 0), "socket"), port};
    void *result;
    peer_full_begin(peer);
    greq_task *task = greq_spawn(run_connect, &call);
    usleep(100000);
    fact("connect: blocking %d", blocking_before(call.fd));
    greq_join(task, &result);
    fact("connect %d, blocking %d", (int)(intptr_t)result, blocking_before(call.fd));
    close(call.fd);
    close(peer);
}

int main(void)
{
    greq_join(greq_spawn(run_receive, NULL), NULL);
    greq_join(greq_spawn(run_send, NULL), NULL);
    greq_join(greq_spawn(run_tls, NULL), NULL);
    look_at_accept();
    look_at_connect();
}
