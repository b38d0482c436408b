/* Threads wait on a condition for work that the main thread fetches, two pieces at a time: they
 * wait for nobody's fault. Who takes the first piece wakes one for the second. */
#include "client.h"

#include <pthread.h>
#include <unistd.h>

enum { FETCHES = 3, JOBS_EACH = 2, THREADS = FETCHES * JOBS_EACH };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int jobs;

static void *work(void *nothing)
{
    pthread_mutex_lock(&mutex);
    while (jobs == 0)
        pthread_cond_wait(&changed, &mutex);
    if (--jobs)
        pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
    return nothing;
}

static void fetch_jobs(int fd)
{
    client_ask(fd, 0.1);
    client_take(fd);
    pthread_mutex_lock(&mutex);
    jobs += JOBS_EACH;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
}

int main(void)
{
    pthread_t threads[THREADS];
    int fd = client_open();
    for (int i = 0; i < THREADS; i++)
        must(-pthread_create(&threads[i], NULL, work, NULL), "pthread_create");
    for (int i = 0; i < FETCHES; i++)
        fetch_jobs(fd);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    close(fd);
    truth_tell();
}
