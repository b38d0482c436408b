/* A loop that waits for the end of a thread between two of its waits for many. */
#include "client.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

enum { SLEEP_US = 300000, ROUNDS = 3 };

static double slept;

static void *sleeper(void *nothing)
{
    double start = now_s();
    usleep(SLEEP_US);
    slept += now_s() - start;
    return nothing;
}

int main(void)
{
    int one[2], other[2];
    double joined = 0;
    must(pipe(one), "pipe");
    must(pipe(other), "pipe");
    for (int i = 0; i < ROUNDS; i++) {
        pthread_t thread;
        struct pollfd set[] = {{one[0], POLLIN, 0}, {other[0], POLLIN, 0}};
        must(poll(set, 2, 5), "poll");
        must(-pthread_create(&thread, NULL, sleeper, NULL), "pthread_create");
        double start = now_s();
        pthread_join(thread, NULL);
        joined += now_s() - start;
    }
    must(poll(&(struct pollfd){one[0], POLLIN, 0}, 1, 5), "poll");
    struct pollfd set[] = {{one[0], POLLIN, 0}, {other[0], POLLIN, 0}};
    must(poll(set, 2, 5), "poll");
    timing("joined", joined);
    timing("slept", slept);
}
