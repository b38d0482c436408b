/* Tasks, each of which waits in poll before it reads. */
#include "client.h"

#include <greq/greq.h>
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

int main(void)
{
    int fds[COUNT];
    void *items[COUNT];
    for (int i = 0; i < COUNT; i++) {
        fds[i] = client_open();
        items[i] = &fds[i];
    }
    double start = now_s();
    greq_map(fetch, items, NULL, COUNT, 0);
    fact("blame poll partial.c fetch");
    timing("serialized", (now_s() - start) * (COUNT - 1) / COUNT);
}
