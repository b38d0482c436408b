#include "runner.h"

#include <errno.h>
#include <greq/greq.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

/* Enough for OpenSSL and the resolver; thousands of the default size would not fit. */
#define THREAD_STACK (512 * 1024)

static void report_all(const struct runner *runner)
{
    for (size_t i = 0; i < runner->count; i++)
        runner->report(&runner->fetches[i], runner->context);
}

/* For requests that could not even begin. */
static void give_up(struct fetch *fetch, int reason)
{
    error_set(&fetch->error, "not started (%s)", strerror(reason));
    fetch->done = true;
}

void runner_run_serial(const struct runner *runner)
{
    for (size_t i = 0; i < runner->count; i++) {
        fetch_run(&runner->fetches[i]);
        runner->report(&runner->fetches[i], runner->context);
    }
}

static void *run_task(void *item)
{
    fetch_run(item);
    return NULL;
}

void runner_run_tasks(const struct runner *runner)
{
    int failed = ENOMEM;
    void **items = malloc(runner->count * sizeof *items);
    for (size_t i = 0; items && i < runner->count; i++)
        items[i] = &runner->fetches[i];
    if (items)
        failed = greq_map(run_task, items, NULL, runner->count, runner->limit);
    free(items);
    for (size_t i = 0; i < runner->count; i++)
        if (!runner->fetches[i].done)
            give_up(&runner->fetches[i], failed);
    report_all(runner);
}

/* What a thread needs to know. */
struct job {
    struct fetch *fetch;
    sem_t *places; /* NULL: no limit */
    pthread_t thread;
    bool started;
};

static void *run_thread(void *argument)
{
    struct job *job = argument;
    fetch_run(job->fetch);
    if (job->places)
        sem_post(job->places);
    return NULL;
}

static void wait_for_place(sem_t *places)
{
    while (sem_wait(places) != 0 && errno == EINTR)
        ;
}

static void start_job(struct job *job, const pthread_attr_t *attributes)
{
    if (job->places)
        wait_for_place(job->places);
    int failed = pthread_create(&job->thread, attributes, run_thread, job);
    job->started = failed == 0;
    if (job->started)
        return;
    give_up(job->fetch, failed);
    if (job->places)
        sem_post(job->places);
}

static void run_jobs(struct job *jobs, const struct runner *runner, sem_t *places)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    for (size_t i = 0; i < runner->count; i++) {
        jobs[i] = (struct job){.fetch = &runner->fetches[i], .places = places};
        start_job(&jobs[i], &attributes);
    }
    for (size_t i = 0; i < runner->count; i++)
        if (jobs[i].started)
            pthread_join(jobs[i].thread, NULL);
    pthread_attr_destroy(&attributes);
}

void runner_run_threads(const struct runner *runner)
{
    sem_t places;
    struct job *jobs = malloc(runner->count * sizeof *jobs);
    sem_init(&places, 0, (unsigned)runner->limit);
    if (jobs)
        run_jobs(jobs, runner, runner->limit ? &places : NULL);
    else
        for (size_t i = 0; i < runner->count; i++)
            give_up(&runner->fetches[i], ENOMEM);
    sem_destroy(&places);
    free(jobs);
    report_all(runner);
}
