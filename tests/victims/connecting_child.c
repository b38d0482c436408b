/* connecting_child: a forked child whose first call is connect. Nothing is sent. */
#include "facts.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    struct sockaddr_in peer = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char byte = 'x';
    int ends[2], status, fd = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    must(pipe(ends), "pipe");
    must((int)write(ends[1], &byte, 1), "write");
    pid_t child = must(fork(), "fork");
    if (child == 0)
        _exit(connect(fd, (struct sockaddr *)&peer, sizeof peer) != 0);
    must(waitpid(child, &status, 0), "waitpid");
    must((int)read(ends[0], &byte, 1), "read");
    fact("child ended with %d", status);
}
