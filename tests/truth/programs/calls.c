/* Threads that each have something to do that takes its time. Usage: calls HOW, which is
 *     semaphore   twelve threads of which three may be at it at once
 *     late        the same, with longer jobs, and each begins a little after it may
 *     turns       the same, one at a time
 *     workers     three workers of a queue in which all jobs lie from the beginning
 *     each        a thread for each of four jobs
 *     rows        four threads that do four things each, one after another
 *     queue       three workers of a queue into which a job comes now and then */
#include "client.h"

#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

enum { JOB_US = 100000, LATE_MS = 6, THREADS = 12, PLACES = 3, ROWS = 4, JOBS = 12 };

static sem_t places;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int jobs, job_us = JOB_US, late_ms;
static bool over;
static double busy_since, busy_until, longest;

static void job(void)
{
    double start = now_s();
    usleep(job_us);
    pthread_mutex_lock(&mutex);
    busy_since = busy_since == 0 ? start : busy_since;
    busy_until = now_s();
    longest = busy_until - start > longest ? busy_until - start : longest;
    pthread_mutex_unlock(&mutex);
}

static void *in_turn(void *nothing)
{
    sem_wait(&places);
    raw_sleep_ms(late_ms);
    job();
    sem_post(&places);
    return nothing;
}

static void *row(void *count)
{
    for (int i = 0; i < *(int *)count; i++)
        job();
    return NULL;
}

static void *worker(void *nothing)
{
    for (;;) {
        pthread_mutex_lock(&mutex);
        while (!jobs && !over)
            pthread_cond_wait(&changed, &mutex);
        bool has_job = jobs-- > 0;
        jobs += !has_job;
        pthread_mutex_unlock(&mutex);
        if (!has_job)
            return nothing;
        job();
    }
}

static void put(int count, bool is_last)
{
    pthread_mutex_lock(&mutex);
    jobs += count;
    over |= is_last;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static void run(int count, void *(*body)(void *), void *argument)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < count; i++)
        must(-pthread_create(&threads[i], NULL, body, argument), "pthread_create");
    usleep(JOB_US / 2); /* workers wait for their jobs */
    if (body == worker && *(int *)argument)
        put(*(int *)argument, false);
    for (int i = 0; body == worker && !*(int *)argument && i < JOBS; i++) {
        put(1, false);
        usleep(JOB_US); /* no job waits for a worker, though the machine delays them */
    }
    while (body == worker && jobs)
        usleep(JOB_US / 10);
    put(0, true);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    must(sem_init(&places, 0, strcmp(how, "turns") ? PLACES : 1), "sem_init");
    if (!strcmp(how, "late")) {
        job_us = 3 * JOB_US;
        late_ms = LATE_MS;
    }
    if (late_ms || !strcmp(how, "semaphore") || !strcmp(how, "turns"))
        run(THREADS, in_turn, NULL);
    else if (!strcmp(how, "workers"))
        run(PLACES, worker, &(int){JOBS});
    else if (!strcmp(how, "queue"))
        run(PLACES, worker, &(int){0});
    else
        run(ROWS, row, &(int){strcmp(how, "each") ? ROWS : 1});
    timing("busy", busy_until - busy_since);
    timing("longest", longest);
}
