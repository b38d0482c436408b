/* One request after another over one connection, in which the first line says that it speaks
 * HTTP/2, or HTTP/1: its first argument. With HTTP/2 the server says something first, as servers of
 * gRPC do, and the line comes in a buffer of its own. */
#include "client.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { REQUESTS = 4, DELAY_MS = 60 };
static const char settings[] = {0, 0, 0, 4, 0, 0, 0, 0, 0};

static int listener;
static bool is_2;

static void *serve(void *unused)
{
    char bytes[256];
    int fd = must(accept(listener, NULL, NULL), "accept");
    if (is_2)
        must((int)send(fd, settings, sizeof settings, 0), "send");
    while (recv(fd, bytes, sizeof bytes, 0) > 0) {
        raw_sleep_ms(DELAY_MS);
        must((int)send(fd, settings, sizeof settings, 0), "send");
    }
    close(fd);
    return unused;
}

static void ask(int fd, const char *line)
{
    struct iovec parts[] = {{(void *)line, strlen(line)}, {(void *)settings, sizeof settings}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    must((int)sendmsg(fd, &message, 0), "sendmsg");
}

int main(int argc, char **argv)
{
    pthread_t server;
    struct sockaddr_in address;
    char bytes[256];
    is_2 = argc > 1 && !strcmp(argv[1], "HTTP/2");
    listener = truth_listen_at(&address, 1);
    must(-pthread_create(&server, NULL, serve, NULL), "pthread_create");
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
    if (is_2)
        must((int)recv(fd, bytes, sizeof bytes, 0), "recv");
    for (int i = 0; i < REQUESTS; i++) {
        ask(fd, is_2 && i == 0 ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" : "GET / HTTP/1.1\r\n\r\n");
        must((int)recv(fd, bytes, sizeof bytes, 0), "recv");
    }
    close(fd);
    pthread_join(server, NULL);
}
