/*
 * Sleeps while an answer lies unread, and is killed by SIGKILL while it waits for another one. What
 * it knows then is told just before: how long the answer lay there, how long the last read has
 * lasted, and how long the program has.
 */
#include "client.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { SLEEP_US = 500000, READ_US = 600000 };
static const double answer_s = 0.1, never_s = 20;
static double begun, waited, read_since;

static void *end(void *nothing)
{
    usleep(READ_US);
    double now = now_s();
    timing("serialized", waited);
    timing("read", now - read_since);
    timing("life", now - begun);
    kill(getpid(), SIGKILL);
    return nothing;
}

int main(void)
{
    pthread_t thread;
    begun = now_s();
    int fd = client_open();
    double asked = now_s();
    client_ask(fd, answer_s);
    usleep(SLEEP_US);
    waited = now_s() - asked - answer_s;
    client_take(fd);
    client_ask(fd, never_s);
    read_since = now_s();
    must(-pthread_create(&thread, NULL, end, NULL), "pthread_create");
    client_take(fd);
}
