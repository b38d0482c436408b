/* A pool opens its connections ahead. One is enough for a while; then all are used at once. */
#include "client.h"

#include <unistd.h>

enum { COUNT = 4 };

int main(void)
{
    int fds[COUNT];
    for (int i = 0; i < COUNT; i++)
        fds[i] = client_open();
    for (int i = 0; i < 3; i++) {
        client_ask(fds[0], 0.1);
        client_take(fds[0]);
    }
    for (int i = 0; i < COUNT; i++)
        client_ask(fds[i], 0.1);
    client_take_all(fds, COUNT);
    truth_tell();
}
