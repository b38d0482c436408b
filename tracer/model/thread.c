#include "model/thread.h"

#include "base/memory.h"
#include "model/sample.h"

#include <stdlib.h>

struct thread *thread_create(struct process *process, uint32_t number, uint32_t tid,
                             const struct listeners *listeners)
{
    struct kept kept;
    struct thread *thread = kept_allocate(sizeof *thread, &listeners->with_threads, &kept);
    thread->kept = kept;
    thread->process = process;
    thread->number = number;
    thread->tid = tid;
    thread->run_queue = SAMPLE_UNKNOWN;
    thread->scheduler.thread = thread;
    return thread;
}

static void task_destroy(struct task *task)
{
    free(task->watch);
    free(task->python.text);
    free(task->lookup.text);
    free(task->name.text);
    kept_free(&task->kept);
    free(task);
}

void thread_destroy(struct thread *thread)
{
    size_t position = 0;
    for (struct task *task; (task = map_next(&thread->tasks, &position));)
        task_destroy(task);
    map_clear(&thread->tasks);
    kept_free(&thread->scheduler.kept);
    kept_free(&thread->kept);
    free(thread->name);
    free(thread);
}

struct task *thread_find_task(struct thread *thread, uint32_t number)
{
    struct task *task = map_get(&thread->tasks, number);
    if (!task) {
        task = memory_alloc(1, sizeof *task);
        task->number = number;
        task->thread = thread;
        map_put(&thread->tasks, number, task);
    }
    return task;
}

void thread_remove_task(struct thread *thread, struct task *task, const struct listeners *listeners)
{
    map_remove(&thread->tasks, task->number);
    thread->latest = NULL;
    TELL(listeners, task_forgotten, task);
    task_destroy(task);
}
