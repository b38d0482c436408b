/* A loop whose names are looked up by threads. It goes on with each by itself and waits for the
 * answer, while the other look-ups have ended as well. Usage: looked_up [overlapped | ahead]: all
 * at once; or without a loop, names that are looked up ahead. */
#include "client.h"

#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { COUNT = 3 };
static const double delay_s = 0.4;

static int ready[2], never[2];

static void *look_up(void *nothing)
{
    struct addrinfo *found;
    must(-getaddrinfo("host-1", "80", NULL, &found), "getaddrinfo");
    freeaddrinfo(found);
    must((int)write(ready[1], "", 1), "write");
    return nothing;
}

static void await_look_up(void)
{
    char byte;
    struct pollfd set[] = {{ready[0], POLLIN, 0}, {never[0], POLLIN, 0}};
    must(poll(set, 2, 10000) > 0 ? 0 : -1, "poll");
    must((int)read(ready[0], &byte, 1), "read");
}

static int ask(void)
{
    int fd = client_open();
    client_ask(fd, delay_s);
    return fd;
}

static void ask_and_take(int others)
{
    int fd = ask();
    double begun = now_s();
    TRUTH_BLAME("recv");
    client_take(fd);
    truth_held(now_s() - begun, others);
    close(fd);
}

static void overlap(void)
{
    int fds[COUNT];
    for (int i = 0; i < COUNT; i++) {
        await_look_up();
        fds[i] = ask();
    }
    client_take_all(fds, COUNT);
}

int main(int argc, char **argv)
{
    pthread_t threads[COUNT];
    bool ahead = argc > 1 && !strcmp(argv[1], "ahead");
    must(pipe(ready), "pipe");
    must(pipe(never), "pipe");
    for (int i = 0; i < COUNT; i++)
        must(-pthread_create(&threads[i], NULL, look_up, NULL), "pthread_create");
    for (int i = 0; ahead && i < COUNT; i++)
        pthread_join(threads[i], NULL);
    if (client_overlaps(argc, argv))
        overlap();
    else
        for (int i = 0; i < COUNT; i++) {
            if (!ahead)
                await_look_up();
            ask_and_take(ahead ? 0 : COUNT - 1 - i);
        }
    for (int i = 0; !ahead && i < COUNT; i++)
        pthread_join(threads[i], NULL);
    truth_tell();
}
