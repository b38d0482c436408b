/* A connection is opened, used and closed, and then the next one. */
#include "client.h"

#include <unistd.h>

enum { COUNT = 6 };
static const double delay_s = 0.3;

int main(int argc, char **argv)
{
    int fds[COUNT];
    bool overlaps = client_overlaps(argc, argv);
    for (int i = 0; i < COUNT; i++) {
        fds[i] = client_open();
        client_ask(fds[i], delay_s);
        if (overlaps)
            continue;
        client_take(fds[i]);
        close(fds[i]);
    }
    if (overlaps)
        client_take_all(fds, COUNT);
    truth_tell();
}
