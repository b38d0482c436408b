/* One connection is used again and again, and is idle for longer than it is used; another one has
 * been used once and stays open. */
#include "client.h"

#include <unistd.h>

int main(void)
{
    int used_once = client_open();
    client_ask(used_once, 0);
    client_take(used_once);
    int fd = client_open();
    for (int i = 0; i < 3; i++) {
        client_ask(fd, 0.05);
        client_take(fd);
        usleep(100000);
    }
    close(fd);
    close(used_once);
    truth_tell();
}
