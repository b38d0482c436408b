/* api_many: ten thousand tasks at once, each of which waits a little; joined last to first. */
#include "facts.h"

#include <greq/greq.h>
#include <stdint.h>
#include <unistd.h>

enum { TASKS = 10000 };

static int waiting, most_waiting;

static void *wait_a_little(void *item)
{
    if (++waiting > most_waiting)
        most_waiting = waiting;
    usleep(50);
    waiting--;
    return item;
}

int main(void)
{
    static greq_task *tasks[TASKS];
    long sum = 0;
    double start = now_s();
    for (intptr_t i = 0; i < TASKS; i++)
        tasks[i] = greq_spawn(wait_a_little, (void *)i);
    for (int i = TASKS - 1; i >= 0; i--) {
        void *result = NULL;
        greq_join(tasks[i], &result);
        sum += (long)(intptr_t)result;
    }
    timing("elapsed", now_s() - start);
    fact("~at_once %d", most_waiting);
    fact("sum %ld", sum);
}
