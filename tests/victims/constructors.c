/*
 * constructors: tasks open one library at once, whose constructor waits. Nobody gets the library
 * before its constructor has run (nanvix/nanvix#2476). A constructor calls what it likes, other
 * loads among it (firebuild/firebuild#263), and wants a lock that another task has, which meanwhile
 * does something with the loader (apache/trafficserver#10129, android/ndk#1143).
 *
 *     constructors LIBRARY
 */
#include "facts.h"

#include <dlfcn.h>
#include <greq/greq.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { TASKS = 4 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void (*in_constructor)(void);
static int constructed;

/* The library's constructor calls it. */
__attribute__((visibility("default"))) void while_constructing(void);

void while_constructing(void)
{
    constructed++;
    if (in_constructor)
        in_constructor();
}

static void *opened[TASKS];
static int opened_count;

static void *open_and_ask(void *path)
{
    int (*ask)(void) = NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library)
        *(void **)&ask = dlsym(library, "constructed_value");
    opened[opened_count++] = library;
    int value = ask ? ask() : -1;
    return (void *)(intptr_t)value;
}

/* ---- constructors that do more ---- */

static void load_another(void)
{
    void *other = dlopen("libpthread.so.0", RTLD_NOW);
    void *symbol = other ? dlsym(other, "pthread_create") : NULL;
    usleep(1000);
    fact("from a constructor: %d", symbol != NULL);
    if (other)
        dlclose(other);
}

static void take_the_lock(void)
{
    pthread_mutex_lock(&mutex);
    usleep(1000);
    pthread_mutex_unlock(&mutex);
}

/* The end of a thread, and what was opened, are the loader's affair too. */
static void *use_the_loader_with_lock(void *none)
{
    pthread_mutex_lock(&mutex);
    usleep(8000);
    void *self = dlopen(NULL, RTLD_NOW);
    usleep(1000);
    fact("with the lock: %d", dlsym(self, "while_constructing") != NULL);
    dlclose(self);
    pthread_mutex_unlock(&mutex);
    return none;
}

static void open_and_close(char *path, void (*what)(void))
{
    in_constructor = what;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    must(library ? 0 : -1, "dlopen");
    dlclose(library);
    in_constructor = NULL;
}

static void *open_that_loads(void *path)
{
    open_and_close(path, load_another);
    return NULL;
}

static void *open_that_locks(void *path)
{
    open_and_close(path, take_the_lock);
    return NULL;
}

static void tell_of_constructors(char *path)
{
    for (int i = 0; i < TASKS; i++)
        dlclose(opened[i]);
    constructed = 0;
    greq_join(greq_spawn(open_that_loads, path), NULL);
    greq_task *with_lock = greq_spawn(use_the_loader_with_lock, NULL);
    greq_task *opening = greq_spawn(open_that_locks, path);
    greq_join(with_lock, NULL);
    greq_join(opening, NULL);
    fact("constructed %d times", constructed);
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
    tell_of_constructors(argv[1]);
}
