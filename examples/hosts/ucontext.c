/*
 * TLS by OpenSSL in coroutines made by hand, of ucontext and a loop around poll: under libgreq.so
 * all at once, else in turn. Usage: ucontext PORT COUNT (HTTPS at 127.0.0.1 that has /delay/1)
 */
#include <arpa/inet.h>
#include <greq/greq.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { MOST = 100, STACK = 1 << 18 };
static SSL_CTX *tls;
static ucontext_t loop, coroutines[MOST];
static struct pollfd waits_for[MOST]; /* one descriptor each, or -1 */
static int running = -1, left, good;
static struct sockaddr_in server = {.sin_family = AF_INET};

static void *current(void *data)
{
    (void)data;
    return running < 0 ? NULL : &coroutines[running];
}

/* Comes back early, as it may: the loop goes round every 10 ms. */
static int wait_by_loop(void *data, struct pollfd *set, size_t count, int64_t timeout_ns)
{
    (void)data, (void)timeout_ns;
    waits_for[running] = count == 1 ? set[0] : (struct pollfd){-1, 0, 0};
    return swapcontext(&coroutines[running], &loop);
}

static void fetch(void)
{
    static const char request[] = "GET /delay/1 HTTP/1.0\r\n\r\n";
    char answer[4096];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    SSL *ssl = SSL_new(tls);
    if (connect(fd, (struct sockaddr *)&server, sizeof server) == 0 && SSL_set_fd(ssl, fd) == 1 &&
        SSL_connect(ssl) == 1 && SSL_write(ssl, request, sizeof request - 1) > 0)
        good += SSL_read(ssl, answer, sizeof answer) > 0 && answer[9] == '2';
    SSL_free(ssl);
    close(fd);
    waits_for[running].events = 0; /* it is over */
    left--;
}

int main(int argc, char **argv)
{
    const struct greq_host host = {.size = sizeof host, .current = current, .wait = wait_by_loop};
    int count = left = argc == 3 ? atoi(argv[2]) : 0;
    struct timespec start, end;
    if (count < 1 || count > MOST)
        return 2;
    server.sin_port = htons((uint16_t)atoi(argv[1]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    tls = SSL_CTX_new(TLS_client_method());
    greq_host_set(&host, NULL);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < count; i++) {
        getcontext(&coroutines[i]);
        coroutines[i].uc_stack = (stack_t){.ss_sp = malloc(STACK), .ss_size = STACK};
        coroutines[i].uc_link = &loop;
        makecontext(&coroutines[i], fetch, 0);
        waits_for[i] = (struct pollfd){-1, POLLIN, 0};
    }
    for (; left; running = -1, poll(waits_for, (nfds_t)count, 10))
        for (running = 0; running < count; running++)
            if (waits_for[running].events &&
                (waits_for[running].fd < 0 || waits_for[running].revents))
                swapcontext(&loop, &coroutines[running]);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%d of %d in %.2f s\n", good, count,
           (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
    return good != count;
}
