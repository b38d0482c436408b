#include "model/thread.h"

#include "base/memory.h"
#include "model/blocking.h"
#include "model/site.h"

#include <stdlib.h>

struct thread *thread_create(struct process *process, uint32_t number, uint32_t tid)
{
    struct thread *thread = memory_alloc(1, sizeof *thread);
    thread->process = process;
    thread->number = number;
    thread->tid = tid;
    thread->scheduler.thread = thread;
    return thread;
}

void thread_begin(struct thread *thread, uint64_t time)
{
    if (!thread->begun)
        thread->sleep.sampled_at = time;
    thread->begun = true;
}

static void task_destroy(struct task *task)
{
    free(task->watch);
    free(task->python.text);
    free(task);
}

void thread_destroy(struct thread *thread)
{
    size_t position = 0;
    for (struct task *task; (task = map_next(&thread->tasks, &position));)
        task_destroy(task);
    map_clear(&thread->tasks);
    blocking_destroy(thread->blocking);
    free(thread->loop.pending);
    replay_finish(&thread->replay);
    free(thread->name);
    free(thread);
}

struct task *thread_task(struct thread *thread, uint32_t number)
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

void thread_remove_task(struct thread *thread, struct task *task)
{
    map_remove(&thread->tasks, task->number);
    if (thread->replay.strand == task)
        thread->replay.strand = NULL;
    task_destroy(task);
}

void thread_sample(struct thread *thread, uint64_t time, uint64_t cpu)
{
    struct sleep_account *sleep = &thread->sleep;
    if (time < sleep->sampled_at)
        return;
    uint64_t passed = time - sleep->sampled_at;
    uint64_t used = cpu > sleep->sampled_cpu ? cpu - sleep->sampled_cpu : 0;
    uint64_t off_cpu = passed > used ? passed - used : 0;
    sleep->off_cpu += off_cpu;
    sleep->seen += sleep->in_calls < off_cpu ? sleep->in_calls : off_cpu;
    sleep->sampled_at = time;
    sleep->sampled_cpu = cpu > sleep->sampled_cpu ? cpu : sleep->sampled_cpu;
    sleep->in_calls = 0;
}

/* --- loops --- */

void thread_wait_for_many(struct thread *thread)
{
    struct loop *loop = &thread->loop;
    for (size_t i = 0; i < loop->pending_count; i++) {
        loop->pending[i].site->totals.loop_blocked += loop->pending[i].blocked;
        loop->blocked += loop->pending[i].blocked;
    }
    loop->pending_count = 0;
    loop->waits++;
}

void thread_block(struct thread *thread, struct site *site, uint64_t blocked)
{
    struct loop *loop = &thread->loop;
    if (!loop->waits)
        return;
    for (size_t i = 0; i < loop->pending_count; i++)
        if (loop->pending[i].site == site) {
            loop->pending[i].blocked += blocked;
            return;
        }
    if (loop->pending_count == LOOP_SITES_MAX)
        return;
    loop->pending = memory_grow(loop->pending, loop->pending_count, &loop->pending_capacity,
                                sizeof *loop->pending);
    loop->pending[loop->pending_count++] = (struct loop_stall){site, blocked};
}
