/* connect_unix_full: connect to a Unix listener whose queue is full waits until there is room, and
 * unlike TCP no readiness tells when. A thread that has no tasks makes room. */
#include "facts.h"

#include <greq/greq.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum { ROOM_AFTER_MS = 300 };

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t address_size;

static struct start start;

static int listen_here(void)
{
    int size =
        snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "greq-full-%d", getpid());
    address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)size);
    int fd = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    must(bind(fd, (struct sockaddr *)&address, address_size), "bind");
    must(listen(fd, 0), "listen");
    return fd;
}

static void *make_room(void *listener)
{
    raw_sleep_ms(ROOM_AFTER_MS);
    for (int i = 0; i < 2; i++)
        syscall(SYS_accept4, (int)(intptr_t)listener, NULL, NULL, 0);
    return NULL;
}

static void *connect_late(void *none)
{
    int fd = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    const char *what = outcome(connect(fd, (struct sockaddr *)&address, address_size));
    fact("connect %s, in time %d", what, took(start, ROOM_AFTER_MS / 1e3));
    return none;
}

static double longest;

static void *tick(void *none)
{
    double before = now_s();
    for (int i = 0; i < 50; i++) {
        usleep(5000);
        double now = now_s();
        longest = now - before > longest ? now - before : longest;
        before = now;
    }
    return none;
}

int main(void)
{
    pthread_t thread;
    int listener = listen_here(), first = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    start = start_now();
    must(connect(first, (struct sockaddr *)&address, address_size), "the first connect");
    must(-pthread_create(&thread, NULL, make_room, (void *)(intptr_t)listener), "pthread_create");
    greq_task *late = greq_spawn(connect_late, NULL);
    greq_task *ticker = greq_spawn(tick, NULL);
    greq_join(late, NULL);
    greq_join(ticker, NULL);
    pthread_join(thread, NULL);
    timing("stall", longest);
}
