/*
 * cxx_late: a program in C whose tasks are at work when it opens libraries in C++, each with a
 * runtime of its own. Exceptions stay with the tasks that threw them.
 *
 *     cxx_late PLUGIN ...
 */
#include "facts.h"

#include <dlfcn.h>
#include <greq/greq.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

enum { TASKS = 6, MOST_PLUGINS = 4 };

typedef void *task_function(void *item);

static void *wait_shortly(void *item)
{
    usleep(1000);
    return item;
}

static task_function *open_plugin(const char *path, void **plugin)
{
    task_function *function = NULL;
    *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (*plugin)
        *(void **)&function = dlsym(*plugin, "plugin_run");
    if (!function)
        fprintf(stderr, "%s\n", dlerror());
    must(function ? 0 : -1, "plugin");
    return function;
}

/* Tasks of all plugins at once. */
static void run(const char *what, task_function *const *functions, int count)
{
    greq_task *tasks[MOST_PLUGINS][TASKS];
    for (int i = 0; i < TASKS; i++)
        for (int plugin = 0; plugin < count; plugin++)
            tasks[plugin][i] = greq_spawn(functions[plugin], (void *)(intptr_t)i);
    for (int plugin = 0; plugin < count; plugin++)
        for (int i = 0; i < TASKS; i++) {
            void *right = NULL;
            greq_join(tasks[plugin][i], &right);
            fact("%s: plugin %d, task %d: %d of 9", what, plugin, i, (int)(intptr_t)right);
        }
}

int main(int argc, char **argv)
{
    void *items[TASKS] = {NULL}, *plugins[MOST_PLUGINS];
    task_function *functions[MOST_PLUGINS] = {NULL};
    const int count = argc - 1;
    must(count <= MOST_PLUGINS ? 0 : -1, "arguments");
    greq_map(wait_shortly, items, NULL, TASKS, 0);
    for (int i = 0; i < count; i++)
        functions[i] = open_plugin(argv[1 + i], &plugins[i]);
    run("opened", functions, count);
    /* What can be unloaded comes back, perhaps somewhere else. */
    for (int i = 0; i < count; i++)
        dlclose(plugins[i]);
    greq_map(wait_shortly, items, NULL, TASKS, 0);
    for (int i = count; i-- > 0;)
        functions[i] = open_plugin(argv[1 + i], &plugins[i]);
    run("again", functions, count);
}
