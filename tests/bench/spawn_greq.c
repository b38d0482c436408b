/*
 * spawn_greq.c: starts tasks that do nothing and joins them, BATCH at a time.
 *
 *     LD_PRELOAD=libgreq.so spawn_greq BATCHES BATCH
 */
#include "tasks.h"

#include <stdlib.h>

static void *return_argument(void *argument)
{
    return argument;
}

static void run_batch(greq_task **tasks, uint32_t batch)
{
    for (uint32_t i = 0; i < batch; i++)
        if (!(tasks[i] = greq_spawn(return_argument, &tasks[i])))
            bench_fail("greq_spawn failed");
    for (uint32_t i = 0; i < batch; i++) {
        void *result;
        if (greq_join(tasks[i], &result) != 0 || result != &tasks[i])
            bench_fail("greq_join: a failure or a wrong result");
    }
}

int main(int argc, char *argv[])
{
    tasks_require();
    uint32_t batches = bench_number(argc, argv, 1, "BATCHES");
    uint32_t batch = bench_number(argc, argv, 2, "BATCH");
    greq_task **tasks = bench_allocate(batch, sizeof *tasks);
    bench_limit_time();
    struct usage start = usage_now();
    for (uint32_t i = 0; i < batches; i++)
        run_batch(tasks, batch);
    struct usage used = usage_since(start);
    free(tasks);
    usage_print(used, (uint64_t)batches * batch);
}
