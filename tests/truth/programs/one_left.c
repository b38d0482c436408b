/* A loop of poll whose rounds watch three connections, two, and one; then three again. The rounds
 * with one descriptor are waits of the loop as well. */
#include "client.h"

#include <poll.h>
#include <unistd.h>

enum { COUNT = 3, WAVES = 2 };
static const double delays_s[COUNT] = {0.05, 0.1, 0.3};

/* Waits until one of the connections has its answer, takes it, and closes it. Returns how many are
 * left. */
static int take_one(struct pollfd *open, int count)
{
    must(poll(open, count, 10000), "poll");
    int at = 0;
    while (!open[at].revents)
        at++;
    client_take(open[at].fd);
    close(open[at].fd);
    open[at] = open[count - 1];
    return count - 1;
}

int main(void)
{
    struct pollfd open[COUNT];
    for (int wave = 0; wave < WAVES; wave++) {
        for (int i = 0; i < COUNT; i++) {
            open[i] = (struct pollfd){.fd = client_open(), .events = POLLIN};
            client_ask(open[i].fd, delays_s[i]);
        }
        for (int left = COUNT; left;)
            left = take_one(open, left);
    }
    truth_tell();
}
