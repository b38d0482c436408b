/* A client that sends a request in two parts, a second apart. Usage: expect wait: it waits that
 * long for leave from the server, which does not answer; sleep: it sleeps. */
#include "client.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void send_text(int fd, const char *text)
{
    must((int)send(fd, text, strlen(text), 0), "send");
}

int main(int argc, char **argv)
{
    bool waits = argc > 1 && !strcmp(argv[1], "wait");
    int fd = client_open();
    struct pollfd answer = {fd, POLLIN, 0};
    send_text(fd, "GET /delay/0.01 HTTP/1.1\r\nHost: x\r\n");
    double begun = now_s();
    if (waits)
        must(poll(&answer, 1, 1000), "poll");
    else
        usleep(1000000);
    timing("paused", now_s() - begun);
    send_text(fd, "X: y\r\n\r\n");
    client_take(fd);
    close(fd);
}
