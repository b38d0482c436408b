/* Tasks, each of which waits in poll before it reads. Usage: partial [look-up]. Then each looks up
 * a name, in a helper thread, before it opens its connection. */
#include "client.h"

#include <greq/greq.h>
#include <netdb.h>
#include <poll.h>

enum { COUNT = 5 };
static const double delay_s = 0.3;

static void *fetch(void *fd)
{
    struct pollfd answer = {*(int *)fd, POLLIN, 0};
    client_ask(answer.fd, delay_s);
    must(poll(&answer, 1, 10000), "poll");
    client_take(answer.fd);
    return NULL;
}

static void *look_up_and_fetch(void *fd)
{
    struct addrinfo *found;
    must(-getaddrinfo("host-7", "80", NULL, &found), "getaddrinfo");
    freeaddrinfo(found);
    *(int *)fd = client_open();
    return fetch(fd);
}

int main(int argc, char **argv)
{
    (void)argv;
    bool looks_up = argc > 1;
    int fds[COUNT];
    void *items[COUNT];
    for (int i = 0; i < COUNT; i++) {
        fds[i] = looks_up ? -1 : client_open();
        items[i] = &fds[i];
    }
    double start = now_s();
    greq_map(looks_up ? look_up_and_fetch : fetch, items, NULL, COUNT, 0);
    fact("blame poll partial.c fetch");
    timing("serialized", (now_s() - start) * (COUNT - 1) / COUNT);
}
