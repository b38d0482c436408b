/*
 * A signal that arrives in the middle of C code, which then waits or closes: no line of the
 * program's Python comes between the two, so its handler runs in whatever Python code comes next.
 */
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((visibility("default"))) long arrives_then_recv(int signal, int fd)
{
    char byte;
    raise(signal);
    return recv(fd, &byte, sizeof byte, 0);
}

__attribute__((visibility("default"))) int arrives_then_close(int signal, int fd)
{
    raise(signal);
    return close(fd);
}
