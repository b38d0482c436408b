/* thread_exit_hooks: destructors of thread-specific data make calls when their thread's own things
 * are being taken down, and do so several times over; threads with tasks and without. */
#include "facts.h"

#include <greq/greq.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 20, ROUNDS = 3 };

static pthread_key_t key;
static atomic_int right;

static void call_in_destructor(void *value)
{
    intptr_t rounds = (intptr_t)value;
    int ends[2];
    char byte = 'x';
    right += pipe(ends) == 0 && write(ends[1], &byte, 1) == 1 && read(ends[0], &byte, 1) == 1 &&
             poll(NULL, 0, 1) == 0 && usleep(100) == 0 && close(ends[0]) == 0 &&
             close(ends[1]) == 0;
    if (rounds > 1)
        pthread_setspecific(key, (void *)(rounds - 1));
}

static void *wait_shortly(void *none)
{
    usleep(1000);
    return none;
}

static void *thread_run(void *number)
{
    void *items[3] = {NULL};
    pthread_setspecific(key, (void *)ROUNDS);
    if ((intptr_t)number % 3 == 0)
        greq_map(wait_shortly, items, NULL, 3, 0);
    else if ((intptr_t)number % 3 == 1)
        usleep(100);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    pthread_key_create(&key, call_in_destructor);
    for (intptr_t i = 0; i < THREADS; i++)
        must(-pthread_create(&threads[i], NULL, thread_run, (void *)i), "pthread_create");
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    fact("destructors that went well: %d of %d", right, THREADS * ROUNDS);
}
