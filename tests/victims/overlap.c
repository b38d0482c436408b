#include "overlap.h"

#include "facts.h"

#include <errno.h>
#include <greq/greq.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TASKS = 1000 };

int overlap_wait_ms;

static const struct overlap_case *the_case;

static void *task_run(void *item)
{
    int index = (int)(intptr_t)item;
    bool right = the_case->wait(index);
    if (!right)
        fprintf(stderr, "task %d: %s went wrong (errno %s)\n", index, the_case->name,
                error_name(errno));
    return (void *)(intptr_t)right;
}

static int tasks_run(int count)
{
    void *items[MOST_TASKS], *results[MOST_TASKS];
    for (int i = 0; i < count; i++)
        items[i] = (void *)(intptr_t)i;

    double start = now_s();
    int error = greq_map(task_run, items, results, (size_t)count, 0);
    timing("elapsed", now_s() - start);
    if (error) {
        fprintf(stderr, "greq_map: %s\n", strerror(error));
        return 0;
    }
    int right = 0;
    for (int i = 0; i < count; i++)
        right += results[i] != NULL;
    return right;
}

int overlap_main(int argc, char **argv, const struct overlap_case *cases)
{
    if (argc != 4) {
        fprintf(stderr, "usage: %s CASE TASKS WAIT_MS\n", argv[0]);
        return 2;
    }
    for (the_case = cases; the_case->name && strcmp(the_case->name, argv[1]) != 0;)
        the_case++;
    int count = atoi(argv[2]);
    overlap_wait_ms = atoi(argv[3]);
    if (!the_case->name || count < 1 || count > MOST_TASKS) {
        fprintf(stderr, "%s: no case '%s' for %d tasks\n", argv[0], argv[1], count);
        return 2;
    }
    int right = tasks_run(count);
    fact("%s: %d of %d right", the_case->name, right, count);
    return right == count ? 0 : 1;
}
