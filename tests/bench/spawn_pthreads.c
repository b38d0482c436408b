/*
 * spawn_pthreads.c: starts threads that do nothing and joins them, BATCH at a time.
 *
 *     spawn_pthreads BATCHES BATCH
 */
#include "threads.h"

#include <stdlib.h>

static void *return_argument(void *argument)
{
    return argument;
}

static void run_batch(pthread_t *threads, uint32_t batch)
{
    for (uint32_t i = 0; i < batch; i++)
        threads[i] = thread_start(return_argument, &threads[i]);
    for (uint32_t i = 0; i < batch; i++)
        if (thread_finish(threads[i]) != &threads[i])
            bench_fail("pthread_join: a wrong result");
}

int main(int argc, char *argv[])
{
    uint32_t batches = bench_number(argc, argv, 1, "BATCHES");
    uint32_t batch = bench_number(argc, argv, 2, "BATCH");
    pthread_t *threads = bench_allocate(batch, sizeof *threads);
    bench_limit_time();
    struct usage start = usage_now();
    for (uint32_t i = 0; i < batches; i++)
        run_batch(threads, batch);
    struct usage used = usage_since(start);
    free(threads);
    usage_print(used, (uint64_t)batches * batch);
}
