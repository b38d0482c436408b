/* Twelve requests by three threads. */
#include "client.h"

#include <pthread.h>
#include <unistd.h>

enum { COUNT = 12, LIMIT = 3 };
static int next;

static void *work(void *nothing)
{
    while (__atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) < COUNT) {
        int fd = client_open();
        client_ask(fd, 0.1);
        client_take(fd);
        close(fd);
    }
    return nothing;
}

int main(void)
{
    pthread_t threads[LIMIT - 1];
    for (int i = 0; i < LIMIT - 1; i++)
        must(-pthread_create(&threads[i], NULL, work, NULL), "pthread_create");
    work(NULL);
    for (int i = 0; i < LIMIT - 1; i++)
        pthread_join(threads[i], NULL);
    truth_tell();
}
