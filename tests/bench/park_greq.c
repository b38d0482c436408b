/*
 * park_greq.c: the memory of tasks that wait in recv().
 *
 *     LD_PRELOAD=libgreq.so park_greq COUNT
 */
#include "park.h"
#include "tasks.h"

#include <stdlib.h>

int main(int argc, char *argv[])
{
    struct park park;
    tasks_require();
    park_open(&park, argc, argv);
    greq_task **tasks = bench_allocate(park.count, sizeof *tasks);
    for (uint32_t i = 0; i < park.count; i++)
        if (!(tasks[i] = greq_spawn(park_wait, &park.places[i])))
            bench_fail("greq_spawn failed");
    park_wake(&park);
    for (uint32_t i = 0; i < park.count; i++)
        if (greq_join(tasks[i], NULL) != 0)
            bench_fail("greq_join failed");
    free(tasks);
    park_close(&park);
}
