/* overlap_connect: tasks that wait in connect, for a listener whose queue is full at first. The
 * kernel tries again after a second, so no wait is shorter than that. */
#include "facts.h"
#include "overlap.h"
#include "peer_client.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool wait_connect(int index)
{
    (void)index;
    int peer = peer_full(overlap_wait_ms / 2), port = peer_full_port(peer);
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    peer_full_begin(peer);
    int result = connect_loopback(fd, port);
    bool blocking = !(fcntl(fd, F_GETFL) & O_NONBLOCK);
    close(fd);
    close(peer);
    return result == 0 && blocking;
}

int main(int argc, char **argv)
{
    static const struct overlap_case cases[] = {{"connect", wait_connect}, {NULL, NULL}};
    return overlap_main(argc, argv, cases);
}
