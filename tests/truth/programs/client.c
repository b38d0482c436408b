#include "client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINE_S 0.002

int client_open(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *server = getenv("TRUTH_SERVER"), *colon = server ? strchr(server, ':') : NULL;
    must(colon ? 0 : -1, "TRUTH_SERVER");
    address.sin_port = htons((uint16_t)atoi(colon + 1));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
    return fd;
}

double truth_used_s(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return used.tv_sec + used.tv_nsec / 1e9;
}

double compute(double seconds, int lines)
{
    double begun = truth_used_s(), line = begun;
    while (truth_used_s() - begun < seconds)
        if (lines >= 0 && truth_used_s() - line >= LINE_S) {
            must((int)write(lines, "line\n", 5), "write");
            line = truth_used_s();
        }
    return truth_used_s() - begun;
}

int truth_listen_at(struct sockaddr_in *address, int backlog)
{
    socklen_t size = sizeof *address;
    *address = (struct sockaddr_in){.sin_family = AF_INET};
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(bind(fd, (struct sockaddr *)address, size), "bind");
    must(listen(fd, backlog), "listen");
    must(getsockname(fd, (struct sockaddr *)address, &size), "getsockname");
    return fd;
}

int truth_listen(int backlog)
{
    struct sockaddr_in address;
    int fd = truth_listen_at(&address, backlog);
    fact("port %d", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

void client_ask(int fd, double delay_s)
{
    char request[128];
    int size =
        snprintf(request, sizeof request, "GET /delay/%.3f HTTP/1.1\r\nHost: x\r\n\r\n", delay_s);
    must((int)send(fd, request, (size_t)size, 0), "send");
}

void client_take(int fd)
{
    char answer[2048];
    size_t used = 0;
    do {
        int got = must((int)recv(fd, answer + used, sizeof answer - 1 - used, 0), "recv");
        must(got ? 0 : -1, "the answer was cut");
        used += (size_t)got;
        answer[used] = '\0';
    } while (!strstr(answer, "}\n"));
}

bool client_overlaps(int argc, char **argv)
{
    return argc > 1 && strcmp(argv[1], "overlapped") == 0;
}

void client_take_all(const int *fds, int count)
{
    struct pollfd set[count];
    for (int i = 0; i < count; i++)
        set[i] = (struct pollfd){fds[i], POLLIN, 0};
    for (int left = count; left;) {
        must(poll(set, (nfds_t)count, 10000) > 0 ? 0 : -1, "poll");
        for (int i = 0; i < count; i++)
            if (set[i].fd >= 0 && set[i].revents) {
                client_take(set[i].fd);
                set[i].fd = -1;
                left--;
            }
    }
}

static double serialized, waiting;

void truth_held(double seconds, int others)
{
    if (seconds <= 0 || others <= 0)
        return;
    serialized += seconds;
    waiting += seconds * others;
}

void truth_waited(double seconds)
{
    waiting += seconds > 0 ? seconds : 0;
}

void truth_tell(void)
{
    timing("serialized", serialized);
    timing("waiting", waiting);
}
