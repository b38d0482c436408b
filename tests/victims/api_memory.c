/* api_memory: address space ends while tasks are spawned. Those that were started finish; the
 * others are refused with ENOMEM. Needs tasks that overlap. */
#include "facts.h"

#include <errno.h>
#include <greq/greq.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { TASKS = 2000, LIMIT_MIB = 256 };

static int finished;

static void *wait_shortly(void *item)
{
    usleep(1000);
    finished++;
    return item;
}

int main(void)
{
    static greq_task *tasks[TASKS];
    static void *items[TASKS];
    int count = 0, joined = 0;
    struct rlimit limit = {(rlim_t)LIMIT_MIB << 20, (rlim_t)LIMIT_MIB << 20};
    void *volatile heap = malloc(1 << 16); /* the tasks leave no room to make libc's later */
    free(heap);
    must(setrlimit(RLIMIT_AS, &limit), "RLIMIT_AS");

    while (count < TASKS && (tasks[count] = greq_spawn(wait_shortly, NULL)))
        count++;
    fact("some, not all: %d, errno %s", count > 10 && count < TASKS, error_name(errno));
    for (int i = 0; i < count; i++)
        joined += greq_join(tasks[i], NULL) == 0;
    fact("all joined %d, all finished %d", joined == count, finished == count);

    finished = 0;
    fact("map %s", error_name(greq_map(wait_shortly, items, NULL, TASKS, 0)));
    fact("not all of them were started: %d", finished < TASKS);
    finished = 0;
    fact("map with a limit %s", error_name(greq_map(wait_shortly, items, NULL, TASKS, 10)));
    fact("finished %d", finished);
}
