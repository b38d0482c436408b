/* A client that sends each request in two small writes, on one connection. Usage: nagle two; nagle
 * nodelay: with TCP_NODELAY. The second write of most requests waits for the acknowledgement of the
 * first, which the other side delays by 40 ms. */
#include "client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUESTS = 20 };
static const double delayed_s = 0.035;

static void send_text(int fd, const char *text)
{
    must((int)send(fd, text, strlen(text), 0), "send");
}

int main(int argc, char **argv)
{
    const int on = 1;
    double held = 0;
    int fd = client_open();
    if (argc > 1 && !strcmp(argv[1], "nodelay"))
        must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "setsockopt");
    for (int i = 0; i < REQUESTS; i++) {
        double begun = now_s();
        send_text(fd, "GET /delay/0 HTTP/1.1\r\n");
        send_text(fd, "Host: x\r\n\r\n");
        client_take(fd);
        double took = now_s() - begun;
        held += took >= delayed_s ? took : 0;
    }
    close(fd);
    timing("held", held);
}
