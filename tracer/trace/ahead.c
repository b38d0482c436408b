#include "trace/ahead.h"

#include "base/memory.h"

#include <signal.h>
#include <stdlib.h>

/* Enough that the thread seldom has to sleep. */
enum { BATCHES = 4 };

static struct batch *batch_at(const struct ahead *ahead, size_t number)
{
    return &ahead->batches[ahead->threaded ? number % BATCHES : 0];
}

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore)) /* a handler of the program that reads has run */
        ;
}

static void *run(void *data)
{
    struct ahead *ahead = data;
    bool goes_on = true;
    for (size_t number = 0; goes_on; number++) {
        wait_for(&ahead->empty);
        if (__atomic_load_n(&ahead->stop, __ATOMIC_RELAXED))
            break;
        struct batch *batch = batch_at(ahead, number);
        ahead->fill(ahead->data, batch);
        goes_on = batch->count > 0; /* before it is handed on */
        sem_post(&ahead->filled);
    }
    return NULL;
}

/* Signals are for the thread that works. */
static bool start_thread(struct ahead *ahead)
{
    sigset_t all, old;
    sem_init(&ahead->empty, 0, BATCHES);
    sem_init(&ahead->filled, 0, 0);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool started = !pthread_create(&ahead->thread, NULL, run, ahead);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

void ahead_begin(struct ahead *ahead, ahead_fill *fill, void *data, bool threaded)
{
    *ahead = (struct ahead){.fill = fill, .data = data, .threaded = threaded};
    ahead->batches = memory_alloc(threaded ? BATCHES : 1, sizeof *ahead->batches);
    if (threaded && !start_thread(ahead)) /* else it is the thread's to read */
        ahead->threaded = false;
}

const struct batch *ahead_next(struct ahead *ahead)
{
    if (ahead->used)
        batch_clear(batch_at(ahead, ahead->used - 1));
    if (ahead->used && ahead->threaded)
        sem_post(&ahead->empty);
    struct batch *batch = batch_at(ahead, ahead->used++);
    if (ahead->threaded)
        wait_for(&ahead->filled);
    else
        ahead->fill(ahead->data, batch);
    return batch;
}

static void end_thread(struct ahead *ahead)
{
    __atomic_store_n(&ahead->stop, true, __ATOMIC_RELAXED);
    sem_post(&ahead->empty);
    pthread_join(ahead->thread, NULL);
    sem_destroy(&ahead->empty);
    sem_destroy(&ahead->filled);
}

void ahead_end(struct ahead *ahead)
{
    if (ahead->threaded)
        end_thread(ahead);
    for (size_t i = 0; ahead->batches && i < (ahead->threaded ? BATCHES : 1); i++)
        batch_finish(&ahead->batches[i]);
    free(ahead->batches);
    *ahead = (struct ahead){0};
}
