/*
 * thread_scopes: tasks that wait in the middle of what is kept per thread: in a library, where the
 * next task must not come in, and in the program itself, which knows of its tasks.
 */
#include "facts.h"

#include <greq/greq.h>
#include <stdint.h>
#include <unistd.h>

int scope_nap(int ms); /* thread_scopes_library: whether its scope was the thread's all the time */

enum { TASKS = 3 };
static const int naps_ms[TASKS] = {40, 20, 60};

static int ended[TASKS], ended_count;

static void *nap_in_library(void *number)
{
    int is_own = scope_nap(naps_ms[(intptr_t)number]);
    ended[ended_count++] = (int)(intptr_t)number;
    return (void *)(intptr_t)is_own;
}

static __thread int depth;

static void *nap_in_program(void *number)
{
    depth++;
    usleep(1000 * (useconds_t)naps_ms[(intptr_t)number]);
    depth--;
    ended[ended_count++] = (int)(intptr_t)number;
    return NULL;
}

static void run(const char *where, void *(*function)(void *))
{
    greq_task *tasks[TASKS];
    void *results[TASKS];
    ended_count = 0;
    for (intptr_t i = 0; i < TASKS; i++)
        tasks[i] = greq_spawn(function, (void *)i);
    for (int i = 0; i < TASKS; i++)
        greq_join(tasks[i], &results[i]);
    fact("%s own %d %d %d ended %d %d %d", where, results[0] != NULL, results[1] != NULL,
         results[2] != NULL, ended[0], ended[1], ended[2]);
}

int main(void)
{
    run("library", nap_in_library);
    run("program", nap_in_program);
    return depth;
}
