/* api_recursion: how deep a task may go. Usage: api_recursion KIB: uses so much of its stack, in
 * ten tasks that wait at the bottom. */
#include "facts.h"

#include <greq/greq.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TASKS = 10 };

static size_t wanted;

/* Touches everything between the first call's frame and this one's. */
static __attribute__((noinline)) int descend(const char *top)
{
    volatile char frame[512];
    memset((char *)frame, 1, sizeof frame);
    if ((size_t)(top - (const char *)frame) >= wanted) {
        usleep(10000);
        return frame[7];
    }
    return descend(top) + frame[8] - 1;
}

static void *dive(void *none)
{
    (void)none;
    char top = 0;
    return (void *)(intptr_t)descend(&top);
}

int main(int argc, char **argv)
{
    void *items[TASKS] = {NULL}, *results[TASKS];
    wanted = (argc > 1 ? strtoul(argv[1], NULL, 10) : 1) * 1024;
    fact("map: %s", error_name(greq_map(dive, items, results, TASKS, 0)));
    for (int i = 0; i < TASKS; i++)
        fact("%d", (int)(intptr_t)results[i]);
}
