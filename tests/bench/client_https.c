/*
 * client_https.c: COUNT requests by TLS 1.3, each over a connection of its own, by plain blocking
 * code (connect, SSL_connect, SSL_write, SSL_read): in tasks, in threads, or as handshakes alone,
 * one after the other.
 *
 *     client_https tasks|threads|handshakes PORT CERTIFICATE PATH COUNT
 *
 * Beside the usual figures it prints how long the longest request took, from its connect to the end
 * of its answer.
 */
#include "tasks.h"
#include "threads.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What all requests have in common. */
static struct {
    SSL_CTX *context;
    uint32_t port;
    const char *path;
} site;

struct request {
    double took_s;
};

static SSL_CTX *trust(const char *certificate)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_load_verify_locations(context, certificate, NULL) != 1)
        bench_fail("%s: OpenSSL cannot use it", certificate);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return context;
}

static int connect_to(uint32_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        bench_fail("connect to port %u: %s", port, strerror(errno));
    return fd;
}

static SSL *shake_hands(int fd)
{
    SSL *ssl = SSL_new(site.context);
    if (!ssl || SSL_set_fd(ssl, fd) != 1 || SSL_set1_host(ssl, "localhost") != 1 ||
        SSL_set_tlsext_host_name(ssl, "localhost") != 1 || SSL_connect(ssl) != 1)
        bench_fail("the handshake failed");
    return ssl;
}

static void ask(SSL *ssl)
{
    char text[256];
    int size =
        snprintf(text, sizeof text,
                 "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", site.path);
    if (SSL_write(ssl, text, size) != size)
        bench_fail("the request could not be sent");
}

/* The answer ends with the connection. */
static void receive_answer(SSL *ssl)
{
    char text[4096];
    size_t have = 0;
    int got;
    while (have < sizeof text && (got = SSL_read(ssl, text + have, (int)(sizeof text - have))) > 0)
        have += (size_t)got;
    if (have < 12 || memcmp(text, "HTTP/1.1 200", 12) != 0)
        bench_fail("a wrong answer");
}

static void hang_up(SSL *ssl, int fd)
{
    SSL_free(ssl);
    close(fd);
}

static void *fetch(void *argument)
{
    struct request *request = argument;
    double start_s = usage_now().wall_s;
    int fd = connect_to(site.port);
    SSL *ssl = shake_hands(fd);
    ask(ssl);
    receive_answer(ssl);
    request->took_s = usage_now().wall_s - start_s;
    hang_up(ssl, fd);
    return NULL;
}

/* ---- many ---- */

static void in_tasks(struct request *requests, uint32_t count)
{
    tasks_require();
    void **items = bench_allocate(count, sizeof *items);
    for (uint32_t i = 0; i < count; i++)
        items[i] = &requests[i];
    int error = greq_map(fetch, items, NULL, count, 0);
    if (error)
        bench_fail("greq_map: %s", strerror(error));
    free(items);
}

static void in_threads(struct request *requests, uint32_t count)
{
    pthread_t *threads = bench_allocate(count, sizeof *threads);
    for (uint32_t i = 0; i < count; i++)
        threads[i] = thread_start(fetch, &requests[i]);
    for (uint32_t i = 0; i < count; i++)
        thread_finish(threads[i]);
    free(threads);
}

static void handshakes(struct request *requests, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        double start_s = usage_now().wall_s;
        int fd = connect_to(site.port);
        SSL *ssl = shake_hands(fd);
        requests[i].took_s = usage_now().wall_s - start_s;
        hang_up(ssl, fd);
    }
}

static void run(const char *how, struct request *requests, uint32_t count)
{
    if (strcmp(how, "tasks") == 0)
        in_tasks(requests, count);
    else if (strcmp(how, "threads") == 0)
        in_threads(requests, count);
    else if (strcmp(how, "handshakes") == 0)
        handshakes(requests, count);
    else
        bench_fail("%s: neither tasks nor threads nor handshakes", how);
}

int main(int argc, char *argv[])
{
    if (argc != 6)
        bench_fail("arguments: tasks|threads|handshakes PORT CERTIFICATE PATH COUNT");
    uint32_t count = bench_number(argc, argv, 5, "COUNT");
    bench_limit_time();
    bench_allow_descriptors(count);
    site.port = bench_number(argc, argv, 2, "PORT");
    site.context = trust(argv[3]);
    site.path = argv[4];
    struct request *requests = bench_allocate(count, sizeof *requests);
    struct usage start = usage_now();
    run(argv[1], requests, count);
    struct usage used = usage_since(start);
    double longest_s = 0;
    for (uint32_t i = 0; i < count; i++)
        if (requests[i].took_s > longest_s)
            longest_s = requests[i].took_s;
    free(requests);
    SSL_CTX_free(site.context);
    printf("longest_s=%.6f ", longest_s);
    usage_print(used, count);
}
