/* All requests are sent, then the program waits for whichever answer comes first. */
#include "client.h"

enum { COUNT = 10 };

int main(void)
{
    int fds[COUNT];
    for (int i = 0; i < COUNT; i++)
        fds[i] = client_open();
    for (int i = 0; i < COUNT; i++)
        client_ask(fds[i], 0.1 + 0.02 * i);
    client_take_all(fds, COUNT);
    truth_tell();
}
