/* fortified_overflow: a fortified call that would write past its buffer ends the program. Usage:
 * fortified_overflow recv|recvfrom|read|poll|ppoll */
#include "facts.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Not known to the compiler, or it would refuse. */
static volatile size_t too_much = 16;

int main(int argc, char **argv)
{
    char bytes[8];
    struct pollfd watched[1] = {{.fd = -1}};
    const char *call = argc > 1 ? argv[1] : "";
    struct timespec none = {0, 0};
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    must((int)send(ends[0], "0123456789abcdef", 16, 0), "send");
    fact("%s", call);
    ssize_t result = -1;
    if (strcmp(call, "recv") == 0)
        result = recv(ends[1], bytes, too_much, 0);
    else if (strcmp(call, "recvfrom") == 0)
        result = recvfrom(ends[1], bytes, too_much, 0, NULL, NULL);
    else if (strcmp(call, "read") == 0)
        result = read(ends[1], bytes, too_much);
    else if (strcmp(call, "poll") == 0)
        result = poll(watched, too_much, 0);
    else if (strcmp(call, "ppoll") == 0)
        result = ppoll(watched, too_much, &none, NULL);
    fact("not reached: %s", outcome(result));
}
