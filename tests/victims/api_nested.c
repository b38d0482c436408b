/* api_nested: tasks that spawn tasks, maps in maps. Usage: api_nested [DEPTH] */
#include "facts.h"
#include "must_tasks.h"

#include <greq/greq.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { FAN = 3 };

/* The number of leaves below a depth. */
static void *count_leaves(void *depth)
{
    if (!depth) {
        usleep(2000);
        return (void *)1;
    }
    greq_task *children[FAN];
    intptr_t leaves = 0;
    for (int i = 0; i < FAN; i++)
        children[i] = must_spawn(count_leaves, (void *)((intptr_t)depth - 1));
    for (int i = FAN - 1; i >= 0; i--) {
        void *result = NULL;
        greq_join(children[i], &result);
        leaves += (intptr_t)result;
    }
    return (void *)leaves;
}

static void *map_leaves(void *depth)
{
    if (!depth) {
        usleep(2000);
        return (void *)1;
    }
    void *items[FAN], *results[FAN];
    intptr_t leaves = 0;
    for (int i = 0; i < FAN; i++)
        items[i] = (void *)((intptr_t)depth - 1);
    must_map(map_leaves, items, results, FAN, 2);
    for (int i = 0; i < FAN; i++)
        leaves += (intptr_t)results[i];
    return (void *)leaves;
}

int main(int argc, char **argv)
{
    intptr_t depth = argc > 1 ? atoi(argv[1]) : 5;
    fact("spawned leaves %d", (int)(intptr_t)count_leaves((void *)depth));
    fact("mapped leaves %d", (int)(intptr_t)map_leaves((void *)depth));
}
