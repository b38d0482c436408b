/*
 * serial.h: what greq.h's functions do outside the shim. Included by greq.h only.
 *
 * Each looks for the shim's function of the same name. Where there is none a task is run by
 * greq_spawn itself, and its handle is a record in a list, so that a stale handle is an EINVAL and
 * not a crash. C and C++ in one text: hence the casts.
 *
 * A weak definition would not do: the shim's is preloaded and would never override it.
 */
#ifndef GREQ_SERIAL_H
#define GREQ_SERIAL_H

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

struct greq_serial_task {
    struct greq_serial_task *next;
    void *result;
};

/* One list in the whole program: every file that includes greq.h defines it, and the linker keeps
 * one. `greq_serial_lock` is 1 while somebody changes the list. */
__attribute__((weak)) struct greq_serial_task *greq_serial_tasks;
__attribute__((weak)) char greq_serial_lock;

/* Finds a function of the shim, remembering the answer in `*cache`; NULL when there is no shim.
 * dlsym's first argument is RTLD_DEFAULT, which <dlfcn.h> names only under _GNU_SOURCE. */
static inline void *greq_find(void **cache, const char *name)
{
    static char absent;
    void *found = __atomic_load_n(cache, __ATOMIC_RELAXED);
    if (!found) {
        found = dlsym((void *)0, name);
        if (!found)
            found = &absent;
        __atomic_store_n(cache, found, __ATOMIC_RELAXED);
    }
    return found == &absent ? (void *)0 : found;
}

static inline void greq_serial_acquire(void)
{
    while (__atomic_test_and_set(&greq_serial_lock, __ATOMIC_ACQUIRE))
        ;
}

static inline void greq_serial_release(void)
{
    __atomic_clear(&greq_serial_lock, __ATOMIC_RELEASE);
}

static inline greq_task *greq_serial_spawn(void *(*fn)(void *), void *arg)
{
    struct greq_serial_task *task;
    if (!fn) {
        errno = EINVAL;
        return (greq_task *)0;
    }
    task = (struct greq_serial_task *)malloc(sizeof *task);
    if (!task)
        return (greq_task *)0;
    task->result = fn(arg);
    greq_serial_acquire();
    task->next = greq_serial_tasks;
    greq_serial_tasks = task;
    greq_serial_release();
    return (greq_task *)(void *)task;
}

static inline int greq_serial_join(greq_task *handle, void **result)
{
    struct greq_serial_task **link, *task;
    greq_serial_acquire();
    for (link = &greq_serial_tasks; (task = *link); link = &task->next)
        if ((greq_task *)(void *)task == handle)
            break;
    if (task)
        *link = task->next;
    greq_serial_release();
    if (!task)
        return EINVAL;
    if (result)
        *result = task->result;
    free(task);
    return 0;
}

static inline int greq_serial_map(void *(*fn)(void *), void *items[], void *results[], size_t n)
{
    size_t i;
    if (!fn || (!items && n))
        return EINVAL;
    for (i = 0; i < n; i++) {
        void *result = fn(items[i]);
        if (results)
            results[i] = result;
    }
    return 0;
}

GREQ_API int greq_active(void)
{
    static void *cache;
    int (*shim)(void) = __extension__(int (*)(void)) greq_find(&cache, "greq_active");
    return shim ? shim() : 0;
}

GREQ_API greq_task *greq_spawn(void *(*fn)(void *), void *arg)
{
    static void *cache;
    greq_task *(*shim)(void *(*)(void *), void *) =
        __extension__(greq_task * (*)(void *(*)(void *), void *)) greq_find(&cache, "greq_spawn");
    return shim ? shim(fn, arg) : greq_serial_spawn(fn, arg);
}

GREQ_API int greq_join(greq_task *task, void **result)
{
    static void *cache;
    int (*shim)(greq_task *, void **) =
        __extension__(int (*)(greq_task *, void **)) greq_find(&cache, "greq_join");
    return shim ? shim(task, result) : greq_serial_join(task, result);
}

GREQ_API int greq_map(void *(*fn)(void *item), void *items[], void *results[], size_t n,
                      size_t limit)
{
    static void *cache;
    int (*shim)(void *(*)(void *), void **, void **, size_t, size_t) =
        __extension__(int (*)(void *(*)(void *), void **, void **, size_t, size_t))
            greq_find(&cache, "greq_map");
    return shim ? shim(fn, items, results, n, limit) : greq_serial_map(fn, items, results, n);
}

GREQ_API int greq_host_set(const struct greq_host *host, void *data)
{
    static void *cache;
    int (*shim)(const struct greq_host *, void *) =
        __extension__(int (*)(const struct greq_host *, void *)) greq_find(&cache, "greq_host_set");
    return shim ? shim(host, data) : ENOSYS;
}

GREQ_API void greq_mark(const char *name)
{
    static void *cache;
    void (*shim)(const char *) =
        __extension__(void (*)(const char *)) greq_find(&cache, "greq_mark");
    if (shim)
        shim(name);
}

GREQ_API void greq_yield(void)
{
    static void *cache;
    void (*shim)(void) = __extension__(void (*)(void)) greq_find(&cache, "greq_yield");
    if (shim)
        shim();
}

#endif
