/* A server that answers a first request, reads a second one, computes, and ends without an answer:
 * a client that dies with its server. Usage: exits WAY [lines: writes a line every 2 ms]
 *
 *     exit, _exit, quick_exit, return    how it ends
 *     handler                            by _exit, in a handler of a signal
 *     close                              as return, but it closes the connection first: its client
 *                                        may be owed nothing
 *     alone                              as return, but the second request was answered before
 */
#include "client.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COMPUTE_S 0.15

static int lines = -1;

static void take_request(int fd)
{
    char request;
    must(read(fd, &request, 1) == 1 ? 0 : -1, "read");
}

static void answer(int fd)
{
    must((int)write(fd, "a", 1), "write");
}

static void end_in_handler(int number)
{
    (void)number;
    _exit(0);
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "return";
    lines = argc > 2 ? must(open("/dev/null", O_WRONLY), "open") : -1;
    signal(SIGUSR1, end_in_handler);
    timing("computed", COMPUTE_S); /* told now: a line would be a call between that and the end */
    int listener = truth_listen(1);
    int client = must(accept(listener, NULL, NULL), "accept");
    take_request(client);
    answer(client);
    take_request(client);
    if (!strcmp(way, "alone"))
        answer(client);
    compute(COMPUTE_S, lines);
    if (!strcmp(way, "close"))
        close(client);
    if (!strcmp(way, "exit"))
        exit(0);
    if (!strcmp(way, "_exit"))
        _exit(0);
    if (!strcmp(way, "quick_exit"))
        quick_exit(0);
    if (!strcmp(way, "handler"))
        raise(SIGUSR1);
    return 0;
}
