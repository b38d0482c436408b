/* api_errors: arguments that are refused, with the preload as without it. */
#include "facts.h"

#include <errno.h>
#include <greq/greq.h>
#include <stdint.h>
#include <unistd.h>

static void *wait_shortly(void *item)
{
    usleep(1000);
    return item;
}

static void *join_it(void *task)
{
    return (void *)(intptr_t)greq_join((greq_task *)task, NULL);
}

int main(void)
{
    void *items[2] = {NULL, NULL}, *result = &items;
    errno = 0;
    fact("spawn nothing: %d", greq_spawn(NULL, items) == NULL);
    fact("errno %s", error_name(errno));
    fact("map nothing: %s", error_name(greq_map(NULL, items, NULL, 2, 0)));
    fact("map nothing on none: %s", error_name(greq_map(NULL, NULL, NULL, 0, 0)));
    fact("map on nothing: %s", error_name(greq_map(wait_shortly, NULL, NULL, 2, 0)));
    fact("join nothing: %s", error_name(greq_join(NULL, &result)));
    fact("untouched: %d", result == &items);

    greq_task *task = greq_spawn(wait_shortly, items);
    fact("join: %s", error_name(greq_join(task, &result)));
    fact("its result: %d", result == items);
    fact("join twice: %s", error_name(greq_join(task, NULL)));
    for (int i = 0; i < 100; i++)
        greq_join(greq_spawn(wait_shortly, NULL), NULL);
    fact("join long after: %s", error_name(greq_join(task, NULL)));

    /* A handle that another task joins. */
    task = greq_spawn(wait_shortly, items);
    greq_task *joiner = greq_spawn(join_it, task);
    greq_join(joiner, &result);
    fact("joined by a task: %s", error_name((int)(intptr_t)result));
    fact("join after it: %s", error_name(greq_join(task, NULL)));
    greq_yield();
}
