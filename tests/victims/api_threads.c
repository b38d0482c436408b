/* api_threads: every thread that spawns has a scheduler of its own; handles cross threads. */
#include "facts.h"

#include <errno.h>
#include <greq/greq.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

enum { THREADS = 4, TASKS = 10, WAIT_MS = 100 };

static void *wait_and_tell(void *item)
{
    pthread_t before = pthread_self();
    usleep(1000 * WAIT_MS);
    return pthread_equal(before, pthread_self()) ? item : NULL;
}

static void *thread_run(void *none)
{
    (void)none;
    void *items[TASKS], *results[TASKS];
    intptr_t right = 0;
    for (intptr_t i = 0; i < TASKS; i++)
        items[i] = (void *)(i + 1);
    greq_map(wait_and_tell, items, results, TASKS, 0);
    for (intptr_t i = 0; i < TASKS; i++)
        right += results[i] == items[i];
    return (void *)right;
}

static void threads_map(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        must(-pthread_create(&threads[i], NULL, thread_run, NULL), "pthread_create");
    for (int i = 0; i < THREADS; i++) {
        void *right;
        pthread_join(threads[i], &right);
        fact("thread %d: %d of %d", i, (int)(intptr_t)right, TASKS);
    }
}

/* A thread that has no tasks joins one of the main thread, and the other way round. */
static void *join_elsewhere(void *task)
{
    void *result = NULL;
    int error = greq_join(task, &result);
    return error ? NULL : result;
}

static void joined_by_a_thread(void)
{
    pthread_t thread;
    void *result;
    greq_task *task = greq_spawn(wait_and_tell, (void *)7);
    must(-pthread_create(&thread, NULL, join_elsewhere, task), "pthread_create");
    usleep(1000 * 2 * WAIT_MS); /* the task needs its thread to wait somewhere */
    pthread_join(thread, &result);
    fact("joined by a thread: %d", (int)(intptr_t)result);
    fact("join after it: %s", error_name(greq_join(task, NULL)));
}

static greq_task *elsewhere;
static int handed[2];

static void *spawn_elsewhere(void *none)
{
    char byte = 0;
    elsewhere = greq_spawn(wait_and_tell, (void *)8);
    must((int)write(handed[1], &byte, 1), "write");
    usleep(1000 * 2 * WAIT_MS);
    return none;
}

static void joined_from_a_thread(void)
{
    pthread_t thread;
    char byte;
    must(pipe(handed), "pipe");
    must(-pthread_create(&thread, NULL, spawn_elsewhere, NULL), "pthread_create");
    must((int)read(handed[0], &byte, 1), "read");
    fact("joined from a thread: %d", (int)(intptr_t)join_elsewhere(elsewhere));
    pthread_join(thread, NULL);
}

/* A thread ends while a task of its own still waits: the task is dropped. */
static void *spawn_and_leave(void *none)
{
    (void)none;
    greq_task *finished = greq_spawn(wait_and_tell, (void *)9);
    greq_join(finished, NULL);
    return greq_spawn(wait_and_tell, (void *)10);
}

static void left_behind(void)
{
    pthread_t thread;
    void *task;
    must(-pthread_create(&thread, NULL, spawn_and_leave, NULL), "pthread_create");
    pthread_join(thread, &task);
    int error = greq_join(task, NULL);
    fact("left behind: %d", error == (greq_active() ? EINVAL : 0));
}

/* It has descriptors of its own, and no longer those that were kept of threads that ended. */
static void *map_apart(void *none)
{
    must(close_range(3, ~0u, CLOSE_RANGE_UNSHARE), "close_range");
    return thread_run(none);
}

static void apart(void)
{
    pthread_t thread;
    void *right;
    must(-pthread_create(&thread, NULL, map_apart, NULL), "pthread_create");
    pthread_join(thread, &right);
    fact("a thread with descriptors of its own: %d of %d", (int)(intptr_t)right, TASKS);
}

int main(void)
{
    double start = now_s();
    threads_map();
    timing("threads", now_s() - start);
    joined_by_a_thread();
    joined_from_a_thread();
    left_behind();
    apart();
}
