#include "trace/ahead.h"

#include "base/memory.h"

#include <signal.h>
#include <stdlib.h>

/* Enough that the thread seldom has to sleep, and to wake it only when half of them are to be
 * filled: to sleep and to be woken takes as long as to fill one. */
enum { BATCHES = 8, WAKE_AT = BATCHES / 2 };

static struct batch *batch_at(const struct ahead *ahead, size_t number)
{
    return &ahead->batches[ahead->threaded ? number % BATCHES : 0];
}

/* Returns false when no more are wanted. */
static bool wait_for_room(struct ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    if (ahead->filled - ahead->done == BATCHES)
        while (!ahead->stop && ahead->filled - ahead->done > WAKE_AT)
            pthread_cond_wait(&ahead->has_room, &ahead->lock);
    bool stop = ahead->stop;
    pthread_mutex_unlock(&ahead->lock);
    return !stop;
}

static void *run(void *data)
{
    struct ahead *ahead = data;
    bool goes_on = true;
    for (size_t number = 0; goes_on && wait_for_room(ahead); number++) {
        struct batch *batch = batch_at(ahead, number);
        ahead->fill(ahead->data, batch);
        goes_on = batch->count > 0; /* before it is handed on */
        pthread_mutex_lock(&ahead->lock);
        ahead->filled++;
        pthread_mutex_unlock(&ahead->lock);
        pthread_cond_signal(&ahead->has_more);
    }
    return NULL;
}

/* Signals are for the thread that works. */
static bool start_thread(struct ahead *ahead)
{
    sigset_t all, old;
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->has_room, NULL);
    pthread_cond_init(&ahead->has_more, NULL);
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

/* Lets go of the last batch that was taken, if any, and waits for the next one. */
static void change_batch(struct ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    ahead->done = ahead->used;
    bool wakes = ahead->filled - ahead->done == WAKE_AT;
    while (ahead->filled == ahead->used)
        pthread_cond_wait(&ahead->has_more, &ahead->lock);
    pthread_mutex_unlock(&ahead->lock);
    if (wakes)
        pthread_cond_signal(&ahead->has_room);
}

const struct batch *ahead_next(struct ahead *ahead)
{
    if (ahead->used)
        batch_clear(batch_at(ahead, ahead->used - 1));
    struct batch *batch = batch_at(ahead, ahead->used);
    if (ahead->threaded)
        change_batch(ahead);
    else
        ahead->fill(ahead->data, batch);
    ahead->used++;
    return batch;
}

static void end_thread(struct ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    ahead->stop = true;
    pthread_mutex_unlock(&ahead->lock);
    pthread_cond_signal(&ahead->has_room);
    pthread_join(ahead->thread, NULL);
    pthread_mutex_destroy(&ahead->lock);
    pthread_cond_destroy(&ahead->has_room);
    pthread_cond_destroy(&ahead->has_more);
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
