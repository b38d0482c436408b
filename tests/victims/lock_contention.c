/* lock_contention: threads without tasks that wait for each other's locks; prints who had each lock
 * and who let it go, as a trace should name them. */
#include "facts.h"

#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

enum { HELD_MS = 60 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;
static pthread_barrier_t barrier;
static bool signalled;
static int ready; /* atomic */

static void *let_go_late(void *unused)
{
    pthread_mutex_lock(&mutex);
    pthread_rwlock_wrlock(&rwlock);
    fact("%d", gettid());
    __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
    raw_sleep_ms(HELD_MS);
    pthread_mutex_unlock(&mutex);
    raw_sleep_ms(HELD_MS);
    pthread_rwlock_unlock(&rwlock);
    raw_sleep_ms(HELD_MS);
    sem_post(&semaphore);
    raw_sleep_ms(HELD_MS);
    pthread_mutex_lock(&mutex);
    signalled = true;
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&mutex);
    raw_sleep_ms(HELD_MS);
    pthread_barrier_wait(&barrier);
    return unused;
}

int main(void)
{
    pthread_t thread;
    sem_init(&semaphore, 0, 0);
    pthread_barrier_init(&barrier, NULL, 2);
    must(-pthread_create(&thread, NULL, let_go_late, NULL), "pthread_create");
    while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
        raw_sleep_ms(1);
    pthread_mutex_lock(&mutex);
    pthread_rwlock_rdlock(&rwlock);
    sem_wait(&semaphore);
    while (!signalled)
        pthread_cond_wait(&cond, &mutex);
    pthread_mutex_unlock(&mutex);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 1000; i++) { /* nobody waits: nothing to record */
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
    pthread_join(thread, NULL);
}
