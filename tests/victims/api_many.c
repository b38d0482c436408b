/* api_many: ten thousand tasks, each of which waits; joined last to first. Usage: api_many
 * MICROSECONDS
 */
#include "facts.h"

#include <greq/greq.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { TASKS = 10000 };

static useconds_t wait_us;
static int waiting, most_waiting;

static void *wait_once(void *item)
{
    if (++waiting > most_waiting)
        most_waiting = waiting;
    usleep(wait_us);
    waiting--;
    return item;
}

int main(int argc, char **argv)
{
    wait_us = argc > 1 ? (useconds_t)atoi(argv[1]) : 0;
    static greq_task *tasks[TASKS];
    long sum = 0;
    double start = now_s();
    for (intptr_t i = 0; i < TASKS; i++)
        tasks[i] = greq_spawn(wait_once, (void *)i);
    for (int i = TASKS - 1; i >= 0; i--) {
        void *result = NULL;
        greq_join(tasks[i], &result);
        sum += (long)(intptr_t)result;
    }
    timing("elapsed", now_s() - start);
    fact("~at_once %d", most_waiting);
    fact("sum %ld", sum);
}
