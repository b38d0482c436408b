#include "model/call_told.h"

#include "base/memory.h"
#include "model/locked_file.h"
#include "model/model.h"

#include <stdlib.h>

void call_add_watch(struct thread *thread, const struct trace_watch *record)
{
    struct task *task = thread_task(thread, record->head.task);
    if (!task->watch)
        task->watch = memory_alloc(1, sizeof *task->watch);
    task->watch->call_begin = record->call_begin;
    task->watch->total = record->total;
    task->watch->count = record->count;
    for (uint32_t i = 0; i < record->count; i++)
        task->watch->descriptors[i] = record->watched[i].fd;
}

void call_add_name(struct thread *thread, const struct trace_name *record)
{
    struct call_name *lookup = &thread_task(thread, record->head.task)->lookup;
    free(lookup->text);
    *lookup = (struct call_name){record->call_begin, memory_copy(record->text)};
}

void call_add_task_name(struct thread *thread, const struct trace_task_name *record)
{
    struct call_name *name = &thread_task(thread, record->head.task)->name;
    free(name->text);
    *name = (struct call_name){record->call_begin, memory_copy(record->text)};
}

void call_add_shared(struct model *model, struct thread *thread, const struct trace_shared *record)
{
    struct call *second = call_find(thread, record->head.task, record->call_begin);
    struct call *first = call_find(thread, record->other_task, record->other_begin);
    const struct meeting meeting = {
        .first = first,
        .second = second,
        .connection = map_get(&thread->process->connections, record->fd),
        .fd = record->fd,
        .reads = record->what == TRACE_SHARED_READS,
    };
    if (first && second)
        TELL(&model->listeners, met, &meeting);
}

void call_add_python(struct thread *thread, const struct trace_python_stack *record)
{
    struct python_stack *python = &thread_task(thread, record->head.task)->python;
    free(python->text);
    *python = (struct python_stack){record->call_begin, memory_copy(record->text)};
}

void call_add_refuser(struct thread *thread, const struct trace_refuser *record)
{
    struct call *call = call_find(thread, record->head.task, record->call_begin);
    if (!call)
        return;
    free(call->refuser);
    call->refuser = memory_copy(record->text);
}

static struct thread *find_thread(const struct process *process, int32_t tid)
{
    return tid > 0 ? map_get(&process->by_tid, tid) : NULL;
}

void call_add_lock(struct model *model, struct thread *thread, const struct trace_lock *record)
{
    struct call *call = call_find(thread, record->head.task, record->call_begin);
    if (!call)
        return;
    struct thread *waker = find_thread(thread->process, record->waker);
    TELL(&model->listeners, let_in, call, waker);
    if (!call_expects_stack(call))
        return;
    call->lock = (struct call_lock){
        .address = record->address,
        .holder = find_thread(thread->process, record->holder),
        .waker = waker,
        .mutex = call->lock.mutex,
        .limited = call->lock.limited,
    };
}

void call_add_mutex(struct thread *thread, const struct trace_mutex *record)
{
    struct call *call = call_find(thread, record->head.task, record->call_begin);
    if (!call)
        return;
    call->lock.mutex = record->address;
    call->lock.limited = record->limited;
}

/* The process that has a number now, or NULL. */
static const struct process *find_process(const struct model *model, const struct process *asking,
                                          uint32_t pid)
{
    const struct process *found = NULL;
    for (size_t i = 0; pid && i < model->process_count; i++) {
        const struct process *process = model->processes[i];
        if (process->pid == pid && process->directory == asking->directory && !process->over &&
            process->start <= model->now && (!found || found->start < process->start))
            found = process;
    }
    return found;
}

void call_add_file_lock(struct model *model, struct thread *thread,
                        const struct trace_file_lock *record)
{
    struct call *call = call_find(thread, record->head.task, record->call_begin);
    if (!call)
        return;
    uint32_t holder = record->waited && record->holder > 0 ? record->holder : 0;
    call->lock = (struct call_lock){
        .address = record->inode,
        .file = locked_file_find(&model->files, record->device, record->inode, record->text),
        .holder_pid = holder,
        .process = find_process(model, thread->process, holder),
    };
}
