/*
 * constructors: tasks open one library at once, whose constructor waits. Nobody gets the library
 * before its constructor has run.
 *
 *     constructors LIBRARY
 */
#include "facts.h"

#include <dlfcn.h>
#include <greq/greq.h>
#include <stdint.h>

enum { TASKS = 4 };

static void *open_and_ask(void *path)
{
    int (*ask)(void) = NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library)
        *(void **)&ask = dlsym(library, "constructed_value");
    int value = ask ? ask() : -1;
    return (void *)(intptr_t)value;
}

int main(int argc, char **argv)
{
    void *items[TASKS], *results[TASKS];
    must(argc == 2 ? 0 : -1, "arguments");
    for (int i = 0; i < TASKS; i++)
        items[i] = argv[1];
    greq_map(open_and_ask, items, results, TASKS, 0);
    for (int i = 0; i < TASKS; i++)
        fact("task %d: %d", i, (int)(intptr_t)results[i]);
}
