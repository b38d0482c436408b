/*
 * The functions of greq.h.
 */
#include <greq/greq.h>

#include "config/config.h"
#include "log/log.h"
#include "sys/fork_guard.h"
#include "sys/kernel.h"
#include "sys/spin.h"
#include "sys/table.h"
#include "task/internal.h"
#include "task/join.h"
#include "task/task_pool.h"

#include <errno.h>
#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))

/* The calling thread's scheduler; NULL when tasks are to be run inline, or there is no memory. */
static struct scheduler *own_scheduler(void)
{
    fork_guard_check();
    return this_thread.passing ? NULL : scheduler_get(&this_thread);
}

EXPORT int greq_active(void)
{
    return config.cooperative;
}

/* Stands for a scheduler where tasks are run inline: it only has records. */
static TABLE struct scheduler inline_tasks;
static char inline_lock;

/* A task that is run where it is spawned is finished when its handle is made. */
static struct task *run_inline(void *(*function)(void *), void *argument)
{
    spin_acquire(&inline_lock);
    struct task *task = task_pool_get(&inline_tasks.pool, &inline_tasks);
    spin_release(&inline_lock);
    if (!task)
        return NULL;
    task_set_state(task, TASK_FINISHED);
    task->result = function(argument);
    join_finish(task, JOIN_FINISHED);
    return task;
}

static struct task *spawn(void *(*function)(void *), void *argument)
{
    if (!config.cooperative)
        return run_inline(function, argument);
    struct scheduler *scheduler = own_scheduler();
    return scheduler ? task_create(scheduler, function, argument) : NULL;
}

EXPORT greq_task *greq_spawn(void *(*fn)(void *), void *arg)
{
    if (!fn) {
        errno = EINVAL;
        return NULL;
    }
    struct task *task = spawn(fn, arg);
    if (!task) {
        errno = ENOMEM;
        return NULL;
    }
    return task_handle(task);
}

EXPORT int greq_join(greq_task *handle, void **result)
{
    int saved_errno = errno;
    fork_guard_check();
    struct task *task = task_from_handle(handle);
    int error = task ? join_wait(task, result) : EINVAL;
    errno = saved_errno;
    return error;
}

EXPORT void greq_yield(void)
{
    int saved_errno = errno;
    fork_guard_check();
    if (this_thread.scheduler && this_thread.scheduler->live_count && !this_thread.passing)
        task_yield(this_thread.scheduler);
    errno = saved_errno;
}

/* ---- greq_map: as many workers as may be in work at once, which take one item after the other
 * ---- */

struct map {
    void *(*function)(void *);
    void **items, **results;
    size_t count, next;
    int error; /* no further item is started */
};

static void *map_worker(void *argument)
{
    struct map *map = argument;
    while (map->next < map->count && !map->error) {
        size_t item = map->next++;
        void *result = map->function(map->items[item]);
        if (map->results)
            map->results[item] = result;
        /* Where no item ever waits, the first worker would do them all. */
        if (map->next < map->count)
            greq_yield();
    }
    return NULL;
}

/* Joins what was started, whatever happened. */
static void join_workers(struct map *map, struct task **workers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (join_wait(workers[i], NULL) != 0 && !map->error)
            map->error = ECANCELED;
}

static int map_in_tasks(struct map *map, size_t limit)
{
    struct task **workers = FALLIBLE(malloc, NULL, limit * sizeof *workers);
    size_t started = 0;
    if (!workers)
        return ENOMEM;
    for (; started < limit && !map->error; started++) {
        workers[started] = spawn(map_worker, map);
        if (!workers[started]) {
            map->error = ENOMEM;
            break;
        }
    }
    join_workers(map, workers, started);
    free(workers);
    return map->error;
}

EXPORT int greq_map(void *(*fn)(void *item), void *items[], void *results[], size_t n, size_t limit)
{
    struct map map = {fn, items, results, n, 0, 0};
    int saved_errno = errno;
    if (!fn || (!items && n))
        return EINVAL;
    if (!n)
        return 0;
    if (!limit || limit > n)
        limit = n;
    if (config.cooperative)
        map.error = map_in_tasks(&map, limit);
    else
        map_worker(&map);
    errno = saved_errno;
    return map.error;
}

EXPORT void greq_mark(const char *name)
{
    if (log_on() && !this_thread.passing)
        log_mark(&this_thread, name ? name : "", __builtin_return_address(0));
}
