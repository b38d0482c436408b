/* Threads that meet at a barrier, each the last one in turn: libc's, or one that is made of a mutex
 * and a condition. Nobody holds anybody up. Usage: barrier [own]. */
#include "client.h"

#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

enum { COUNT = 4, ROUNDS = 8, STEP_US = 10000 };

static bool is_own;
static pthread_barrier_t barrier;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_came = PTHREAD_COND_INITIALIZER;
static int came, meeting;

static void meet(void)
{
    pthread_mutex_lock(&mutex);
    int this = meeting;
    if (++came == COUNT) {
        came = 0;
        meeting++;
        pthread_cond_broadcast(&all_came);
    }
    while (meeting == this)
        pthread_cond_wait(&all_came, &mutex);
    pthread_mutex_unlock(&mutex);
}

static void *work(void *number)
{
    for (int round = 0; round < ROUNDS; round++) {
        usleep((useconds_t)(((uintptr_t)number + round) % COUNT + 1) * STEP_US);
        if (is_own)
            meet();
        else
            pthread_barrier_wait(&barrier);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[COUNT];
    is_own = argc > 1;
    (void)argv;
    must(-pthread_barrier_init(&barrier, NULL, COUNT), "pthread_barrier_init");
    for (uintptr_t i = 0; i < COUNT; i++)
        must(-pthread_create(&threads[i], NULL, work, (void *)i), "pthread_create");
    for (int i = 0; i < COUNT; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
}
