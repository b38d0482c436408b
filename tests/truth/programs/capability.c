/*
 * A thread waits for many, for a condition between that, 0.05 s each time, and for many again: as
 * GHC's runtime has a thread wait for a capability, as node's main thread waits for V8, as V8
 * collects garbage, or on its own account. Usage: capability ghc | node | v8 | own
 */
#include "client.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 6, WAIT_MS = 50 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static double waited_s;

static void wait_here(void)
{
    struct timespec until;
    double begun = now_s();
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += WAIT_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&mutex);
    while (pthread_cond_timedwait(&never, &mutex, &until) == 0)
        ;
    pthread_mutex_unlock(&mutex);
    waited_s += now_s() - begun;
}

void yieldCapability(void);
void yieldCapability(void)
{
    wait_here();
}

/* node::NodePlatform::DrainTasks(v8::Isolate *) */
void drain_tasks(void) __asm__("_ZN4node12NodePlatform10DrainTasksEPN2v87IsolateE");
void drain_tasks(void)
{
    wait_here();
}

/* v8::internal::Heap::CollectGarbage() */
void collect_garbage(void) __asm__("_ZN2v88internal4Heap14CollectGarbageEv");
void collect_garbage(void)
{
    wait_here();
}

static void wait_for_another(void)
{
    wait_here();
}

static void *loop(void *wait)
{
    int one[2], other[2];
    must(pipe(one), "pipe");
    must(pipe(other), "pipe");
    struct pollfd both[] = {{one[0], POLLIN, 0}, {other[0], POLLIN, 0}};
    poll(both, 2, 10);
    for (int i = 0; i < ROUNDS; i++) {
        (*(void (**)(void))wait)();
        poll(both, 2, 10);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    const char *whose = argc > 1 ? argv[1] : "";
    void (*wait)(void) = !strcmp(whose, "ghc")    ? yieldCapability
                         : !strcmp(whose, "node") ? drain_tasks
                         : !strcmp(whose, "v8")   ? collect_garbage
                                                  : wait_for_another;
    must(-pthread_create(&thread, NULL, loop, &wait), "pthread_create");
    pthread_join(thread, NULL);
    printf("~waited %.4f\n", waited_s);
}
