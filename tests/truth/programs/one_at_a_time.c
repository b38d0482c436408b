/* All connections are open, then they are used one after the other. */
#include "client.h"

#include <unistd.h>

enum { COUNT = 8 };
static const double delay_s = 0.3;

int main(int argc, char **argv)
{
    int fds[COUNT];
    for (int i = 0; i < COUNT; i++)
        fds[i] = client_open();
    bool overlaps = client_overlaps(argc, argv);
    for (int i = 0; i < COUNT; i++) {
        client_ask(fds[i], delay_s);
        if (overlaps)
            continue;
        double start = now_s();
        client_take(fds[i]);
        truth_held(now_s() - start, COUNT - 1 - i);
    }
    if (overlaps)
        client_take_all(fds, COUNT);
    for (int i = 0; i < COUNT; i++)
        close(fds[i]);
    fact("blame recv client.c client_take");
    truth_tell();
}
