/* gone_when_sent [task]: what is sent is no memory any more when the call returns, as if another
 * thread had received it and unmapped it at once (unmapping_send.h). Requests of HTTP, for who
 * reads those. */
#include "facts.h"
#include "must_tasks.h"
#include "peer_client.h"
#include "unmapping_send.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PAGE = 4096 };

static const char request[] = "GET /gone HTTP/1.1\r\n\r\n";

/* What a call is given. */
struct sent {
    struct msghdr message;
    struct iovec vector;
    char bytes[sizeof request];
};

static int here, there;

static struct sent *make(void)
{
    struct sent *sent =
        mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(sent == MAP_FAILED ? -1 : 0, "mmap");
    memcpy(sent->bytes, request, sizeof request);
    sent->vector = (struct iovec){sent->bytes, strlen(request)};
    sent->message = (struct msghdr){.msg_iov = &sent->vector, .msg_iovlen = 1};
    unmapped_when_sent = sent;
    return sent;
}

/* An answer follows, so that the next request is one again. */
static void tell(const char *what, ssize_t size)
{
    char bytes[100];
    static const char answer[] = "HTTP/1.1 200 OK\r\n\r\n";
    unmapped_when_sent = NULL;
    fact("%s: %s", what, size == (ssize_t)strlen(request) ? "all" : outcome(size));
    must((int)recv(there, bytes, sizeof bytes, 0), "recv");
    must((int)send(there, answer, strlen(answer), 0), "send");
    must((int)recv(here, bytes, sizeof bytes, 0), "recv");
}

static void *send_all(void *none)
{
    struct sent *sent = make();
    tell("send", send(here, sent->bytes, strlen(request), 0));
    sent = make();
    tell("write", write(here, sent->bytes, strlen(request)));
    sent = make();
    tell("writev", writev(here, &sent->vector, 1));
    sent = make();
    tell("sendmsg", sendmsg(here, &sent->message, 0));
    return none;
}

int main(int argc, char **argv)
{
    int port, listener = listen_loopback(&port, 1);
    (void)argv;
    here = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(connect_loopback(here, port), "connect");
    there = must(accept(listener, NULL, NULL), "accept");
    if (argc == 1)
        send_all(NULL);
    else
        must_map(send_all, (void *[1]){NULL}, (void *[1]){NULL}, 1, 1);
}
