/* variant: ten tasks that sleep, in a program that is built in every way a compiler offers: the
 * public header has to find libgreq.so in each of them. C and C++ in one text. */
#include <greq/greq.h>

#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { TASKS = 10, WAIT_MS = 100 };

static void *wait_shortly(void *item)
{
    usleep(1000 * WAIT_MS);
    return (void *)((intptr_t)item * 2);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(void)
{
    void *items[TASKS], *results[TASKS], *result = NULL;
    for (intptr_t i = 0; i < TASKS; i++)
        items[i] = (void *)i;
    double start = now_s();
    printf("map %d\n", greq_map(wait_shortly, items, results, TASKS, 0));
    printf("~elapsed %.4f\n", now_s() - start);
    for (int i = 0; i < TASKS; i++)
        printf("%d\n", (int)(intptr_t)results[i]);
    greq_task *task = greq_spawn(wait_shortly, items[3]);
    greq_yield();
    printf("join %d\n", greq_join(task, &result));
    printf("%d\n~active %d\n", (int)(intptr_t)result, greq_active());
    return 0;
}
