/* As one_at_a_time, by other means: descriptors are duplicates, requests go out by sendfile, and
 * answers are read from streams. */
#include "client.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

enum { COUNT = 6 };

static const char request[] = "GET /delay/0.3 HTTP/1.1\r\nHost: x\r\n\r\n";
static int file;

static int open_duplicate(void)
{
    int fd = client_open(), copy = must(fcntl(fd, F_DUPFD_CLOEXEC, 50), "F_DUPFD_CLOEXEC");
    close(fd);
    return copy;
}

static void ask(int fd)
{
    off_t start = 0;
    must(sendfile(fd, file, &start, sizeof request - 1) < 0 ? -1 : 0, "sendfile");
}

static void take(FILE *stream)
{
    char line[1024];
    do
        must(fgets(line, sizeof line, stream) ? 0 : -1, "the answer was cut");
    while (!strstr(line, "}\n"));
}

int main(int argc, char **argv)
{
    int fds[COUNT];
    FILE *streams[COUNT];
    bool overlaps = client_overlaps(argc, argv);
    file = must(memfd_create("request", 0), "memfd_create");
    must((int)write(file, request, sizeof request - 1), "write");
    for (int i = 0; i < COUNT; i++) {
        fds[i] = open_duplicate();
        streams[i] = fdopen(fds[i], "r");
    }
    for (int i = 0; i < COUNT; i++) {
        ask(fds[i]);
        if (overlaps)
            continue;
        double start = now_s();
        take(streams[i]);
        truth_held(now_s() - start, COUNT - 1 - i);
    }
    if (overlaps)
        client_take_all(fds, COUNT);
    for (int i = 0; i < COUNT; i++)
        fclose(streams[i]);
    fact("blame fgets streams.c take");
    truth_tell();
}
