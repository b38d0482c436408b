/* overlap_accept: tasks that wait for a connection in accept and accept4. */
#include "facts.h"
#include "overlap.h"
#include "peer_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_loopback(const struct sockaddr_in *from, socklen_t size)
{
    return size == sizeof *from && from->sin_family == AF_INET &&
           from->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
}

static bool accept_letter(int index, int (*take)(int listener, struct sockaddr *, socklen_t *))
{
    char wanted = (char)('a' + index % 26), letter = 0;
    int port, listener = listen_loopback(&port, 8);
    int peer = peer_open("wait %d dial %d say %c", overlap_wait_ms, port, wanted);
    struct sockaddr_in from = {0};
    socklen_t size = sizeof from;
    int fd = take(listener, (struct sockaddr *)&from, &size);
    ssize_t got = recv(fd, &letter, 1, 0);
    close(peer);
    close(listener);
    close(fd);
    return is_loopback(&from, size) && got == 1 && letter == wanted;
}

static bool wait_accept(int index)
{
    return accept_letter(index, accept);
}

static int accept_cloexec(int listener, struct sockaddr *from, socklen_t *size)
{
    int fd = accept4(listener, from, size, SOCK_CLOEXEC);
    bool right = fcntl(fd, F_GETFD) == FD_CLOEXEC && !(fcntl(fd, F_GETFL) & O_NONBLOCK);
    return right ? fd : -1;
}

static bool wait_accept4(int index)
{
    return accept_letter(index, accept_cloexec);
}

int main(int argc, char **argv)
{
    static const struct overlap_case cases[] = {
        {"accept", wait_accept},
        {"accept4", wait_accept4},
        {NULL, NULL},
    };
    return overlap_main(argc, argv, cases);
}
