/*
 * call.c: a call's life.
 *
 *     what it is about    its connections, or all that it watches
 *     blocking            whether its thread is left to others, which is known at its begin
 *     descriptors         what closing and duplicating them does to connections
 *     its begin           it is kept with its task, and in the model's heap until its end
 *     what it was         for whom, and whether it waited or stood in the run queue
 *     where it was made   the site of its stack; of a short call that of its caller
 *     added up            to its site; then it is gone
 *     its end             a short one is added up there, a long one when its stack has come
 */
#include "model/call.h"

#include "base/memory.h"
#include "model/model.h"
#include "model/sample.h"
#include "model/thresholds.h"
#include "trace/in_progress_stack.h"

#include <errno.h>
#include <stdlib.h>

/* What does not become known at the begin of a call. One by one: this is done for each call, and
 * the compiler's way to clear a whole struct has a slow start. */
static void forget(struct call *call)
{
    call->returned = call->found_data = false;
    call->lock = (struct call_lock){0};
    call->awaited = NULL;
    call->refuser = NULL;
    call->site = NULL;
    call->cpu = call->queued = 0;
}

static struct call *take_unused(struct model *model)
{
    struct call *call = model->unused;
    if (!call)
        return memory_alloc(1, sizeof *call);
    model->unused = call->next;
    forget(call);
    return call;
}

static uint64_t duration(const struct call *call)
{
    uint64_t begin = call->record.head.time;
    return call->end > begin ? call->end - begin : 0;
}

/* The ns in which the thread was left to others. Of a call in progress only its flags tell. */
static uint64_t parked(const struct call *call)
{
    uint64_t whole = duration(call);
    bool in_progress = call->record.duration == TRACE_IN_PROGRESS;
    if (in_progress)
        return call->record.flags & TRACE_FLAG_COOPERATIVE ? whole : 0;
    return call->record.parked < whole ? call->record.parked : whole;
}

/* --- what it is about --- */

static void add_connection(struct call *call, int fd)
{
    struct connection *connection = map_get(&call->task->thread->process->connections, fd);
    /* curl names one twice, to read and to write. */
    if (!connection || (call->about_count && call->about[call->about_count - 1] == connection))
        return;
    call->about =
        memory_grow(call->about, call->about_count, &call->about_capacity, sizeof *call->about);
    call->about[call->about_count++] = connection_hold(connection);
}

static void add_watched(struct call *call)
{
    const struct watch *watch = call->task->watch;
    if (!watch || watch->call_begin != call->record.head.time)
        return;
    for (uint32_t i = 0; i < watch->count; i++)
        add_connection(call, watch->descriptors[i]);
}

static void find_connections(struct call *call)
{
    if (call->kind.kind == KIND_WAIT)
        add_watched(call);
    else if (call->record.fd >= 0)
        add_connection(call, call->record.fd);
    call->subject = call->about_count == 1 ? call->about[0] : NULL;
}

static void release_connections(struct call *call)
{
    for (size_t i = 0; i < call->about_count; i++)
        connection_release(call->about[i]);
    call->about_count = 0;
    call->subject = NULL;
}

/* --- blocking --- */

/* A wait for a connection to open is part of opening it. */
bool call_opens(const struct call *call)
{
    for (size_t i = 0; i < call->about_count; i++)
        if (call->about[i]->phase != PHASE_OPENING)
            return false;
    return call->about_count || call->kind.kind == KIND_CONNECT;
}

/* It keeps its thread from other tasks. */
static bool keeps_others(const struct call *call)
{
    return call->record.flags & TRACE_FLAG_HAD_TASKS &&
           !(call->record.flags & TRACE_FLAG_COOPERATIVE);
}

/* Who waits by epoll runs a loop, however few descriptors are registered: its timers are hidden in
 * the timeout. A loop inside of a task is not that of its thread. */
static bool waits_for_many(const struct call *call)
{
    const struct watch *watch = call->task->watch;
    if (call->kind.kind == KIND_IDLE)
        return true;
    if (call->kind.kind != KIND_WAIT || keeps_others(call))
        return false;
    if (call->kind.traits & TRAIT_EPOLL)
        return true;
    return watch && watch->call_begin == call->record.head.time && watch->total > 1 &&
           call->about_count != 1;
}

/* A poll that has found nothing and did not wait is a look: Rust's programs begin with one at their
 * standard streams. */
static bool only_looks(const struct call *call)
{
    return call->kind.kind == KIND_WAIT && !(call->kind.traits & TRAIT_EPOLL) &&
           !call->record.result && call->record.duration < TRACE_LONG_CALL_NS;
}

/* Whether it leaves its thread to others, and whether it blocks it. */
static void foresee(struct call *call)
{
    uint64_t left = parked(call);
    call->blocked = duration(call) - left;
    call->parks = left > 0;
    if (call->end == TRACE_IN_PROGRESS)
        call->blocks = !(call->record.flags & TRACE_FLAG_COOPERATIVE);
    else
        call->blocks = call->blocked >= TRACE_LONG_CALL_NS;
}

static void begin_blocking(struct model *model, struct call *call)
{
    if (!call->blocks)
        return;
    TELL(&model->listeners, call_blocks, call, model->now);
    for (size_t i = 0; i < call->about_count; i++)
        connection_block(call->about[i], call->task->thread, !call->many, model->now);
}

static void end_blocking(struct model *model, struct call *call)
{
    if (!call->blocks)
        return;
    for (size_t i = 0; i < call->about_count; i++)
        connection_unblock(call->about[i], call->function, call->blocked, model->now);
}

/* --- descriptors --- */

static void close_descriptor(struct model *model, struct thread *thread, int fd)
{
    struct connection *connection = map_remove(&thread->process->connections, fd);
    channel_forget(thread->process, fd);
    descriptor_forget(thread->process, fd);
    if (!connection)
        return;
    connection_say_goodbye(connection, thread);
    connection_close(connection, thread, model->now);
}

static void duplicate_descriptor(struct model *model, const struct call *call)
{
    struct thread *thread = call->task->thread;
    int copy = call->record.result;
    if (call->record.result < 0 || copy == call->record.fd)
        return;
    close_descriptor(model, thread, copy);
    if (call->about_count) {
        connection_hold(call->about[0])->descriptors++;
        map_put(&thread->process->connections, copy, call->about[0]);
    }
}

/* --- its begin --- */

/* The reader has looked at the duration before: it may have become known since. */
static void note_return(struct model *model, struct call *call, uint32_t number)
{
    if (number) {
        if (number >= model->returning_capacity)
            model->returning =
                memory_reach(model->returning, number, &model->returning_capacity, sizeof call);
        model->returning[number] = call;
    } else {
        call->record.duration = TRACE_IN_PROGRESS;
    }
    call->end = call_end_time(call->record.head.time, call->record.duration);
}

static void start(struct model *model, struct call *call, uint32_t number)
{
    call->next = call->task->calls;
    call->task->calls = call;
    note_return(model, call, number);
    find_connections(call);
    struct thread *thread = call->task->thread;
    foresee(call);
    call->many = waits_for_many(call);
    thread->waits_for_many += call->many && !only_looks(call);
    call->in_flight = call_subject(call) && call_subject(call)->phase == PHASE_FLIGHT;
    if (call_is_slow(call))
        TELL(&model->listeners, slow_call_begins, call, model->now);
    TELL(&model->listeners, call_begins, call, model->now);
    for (size_t i = 0; i < call->about_count; i++)
        connection_call_begin(call->about[i], call->kind.kind, thread, call->task->number,
                              model->now);
    begin_blocking(model, call);
    if (call->kind.kind == KIND_WRITE)
        channel_write(call);
    /* At its begin: as soon as the descriptor is free, another thread may get its number. */
    if (call->kind.kind == KIND_CLOSE)
        close_descriptor(model, thread, call->record.fd);
}

void call_begin(struct model *model, struct thread *thread, const struct trace_call *record,
                uint32_t number)
{
    struct task *task = thread_task(thread, record->head.task);
    call_abandon_all(model, task);
    struct call *call = take_unused(model);
    call->record = *record;
    call->function = trace_function(model->trace, thread->process->directory, record->call);
    call->kind = model->kinds[call->function];
    call->task = task;
    call->mark = task_stay(task)->mark;
    call->found_data = task->found_data == record->head.time;
    start(model, call, number);
}

void call_begin_idle(struct model *model, struct thread *thread, const struct trace_idle *record,
                     uint32_t number)
{
    call_abandon_all(model, &thread->scheduler);
    struct call *call = take_unused(model);
    call->record =
        (struct trace_call){.head = record->head, .duration = record->duration, .fd = -1};
    call->function = 0;
    call->kind = (struct call_kind){.kind = KIND_IDLE};
    call->task = &thread->scheduler;
    start(model, call, number);
}

/* --- what it was --- */

static void unlink_call(struct call *call)
{
    struct call **link = &call->task->calls;
    while (*link != call)
        link = &(*link)->next;
    *link = call->next;
}

static void dispose(struct model *model, struct call *call)
{
    struct task *task = call->task;
    unlink_call(call);
    call->next = model->unused;
    model->unused = call;
    if (task->over && !task->calls)
        thread_remove_task(task->thread, task, &model->listeners);
}

static bool is_unfinished(const struct call *call)
{
    const struct process *process = call->task->thread->process;
    return call->record.duration == TRACE_IN_PROGRESS && process->over &&
           process->fate != FATE_REPLACED;
}

/* Its thread could have gone on, and waited for a processor. */
static bool was_queued(const struct call *call)
{
    return call->queued && call->queued >= QUEUED_SHARE * call->blocked;
}

/* A thread in the run queue keeps none of its tasks: none of them could run either. */
bool call_holds_tasks(const struct call *call)
{
    return call->blocks && keeps_others(call) && !was_queued(call);
}

/* Data that were there need no wait: who takes long to read them waits for a processor. Of TLS it
 * may be a ticket, and no answer. */
static bool need_not_wait(const struct call *call)
{
    return call->found_data && !(call->kind.traits & TRAIT_TLS);
}

/* Who waits for a lock is woken often, and stands in the run queue each time: that says nothing of
 * the lock. */
static bool was_only_queued(const struct call *call)
{
    return !call->lock.address && was_queued(call);
}

bool call_has_kept_thread(const struct call *call)
{
    return call->blocks && !call->parks && !need_not_wait(call) && !was_only_queued(call);
}

bool call_has_blocked(const struct call *call)
{
    return !call->many && call_has_kept_thread(call);
}

/* --- where it was made --- */

static struct site *find_site(struct model *model, const struct call *call, const uint64_t *frames,
                              size_t depth, const char *python)
{
    return sites_find(&model->sites, &(struct site_key){.process = call->task->thread->process,
                                                        .function = call->function,
                                                        .frames = frames,
                                                        .depth = depth,
                                                        .python = python,
                                                        .mark = call->mark});
}

/* The Python frames of the call of a task that began then, or NULL. */
static const char *python_of(const struct task *task, uint64_t call_begin)
{
    return task->python.call_begin == call_begin ? task->python.text : NULL;
}

/* A long call has returned; `call` is NULL where it is not known. */
static void tell_call(struct model *model, struct thread *thread, uint64_t cpu,
                      const struct call *call)
{
    const struct sample sample = {.kind = SAMPLE_CALL,
                                  .time = model->now,
                                  .cpu = cpu,
                                  .run_queue = SAMPLE_UNKNOWN,
                                  .call_begin = call ? call->record.head.time : 0,
                                  .site = call ? call->site : NULL,
                                  .fd = -1};
    TELL(&model->listeners, sampled, thread, &sample);
}

/* What computing ended in, most often a short call. */
static void note_sampled(struct site *site, const struct process *process, int fd)
{
    const struct connection *connection = map_get(&process->connections, fd);
    descriptor_add_call(&site->on, process, fd, connection ? connection->peer : NULL, false);
}

void call_add_sample(struct model *model, struct thread *thread, const struct trace_sample *record)
{
    struct sample sample = {.kind = SAMPLE_BEGIN,
                            .time = record->head.time,
                            .cpu = record->cpu,
                            .run_queue = record->run_queue,
                            .fd = record->fd};
    if (record->reason == TRACE_SAMPLE_COMPUTED)
        sample.kind = SAMPLE_COMPUTED;
    if (record->frame_count) {
        struct task *task = thread_task(thread, record->head.task);
        sample.site = sites_find(
            &model->sites,
            &(struct site_key){.process = thread->process,
                               .function = trace_function(model->trace, thread->process->directory,
                                                          record->before),
                               .frames = record->frames,
                               .depth = record->frame_count,
                               .python = python_of(task, record->head.time),
                               .mark = task_stay(task)->mark});
        if (record->before == TRACE_EXIT)
            thread->process->exit = sample.site;
        note_sampled(sample.site, thread->process, record->fd);
    }
    TELL(&model->listeners, sampled, thread, &sample);
}

/* Its site keeps the first one. */
static void hand_on_refuser(struct call *call)
{
    if (call->site->refuser)
        free(call->refuser);
    else
        call->site->refuser = call->refuser;
    call->refuser = NULL;
}

/* A newer greq may know more reasons. */
static unsigned refusal_of(const struct call *call)
{
    return call->record.refusal < TRACE_REFUSAL_COUNT ? call->record.refusal : TRACE_REFUSAL_NONE;
}

/* Of a call that has no stack of its own the caller is all that is known, unless it did not return
 * and was looked at while it lasted. */
static struct site *find_site_of_unfinished(struct model *model, const struct call *call)
{
    struct thread *thread = call->task->thread;
    struct site *site = NULL;
    struct in_progress_stack stack;
    if (in_progress_stack_read(model->trace->directories[thread->process->directory].fd,
                               &(struct in_progress_call){.pid = thread->process->pid,
                                                          .tid = thread->tid,
                                                          .begin = call->record.head.time,
                                                          .caller = call->record.caller},
                               &stack))
        site = find_site(model, call, stack.addresses, stack.count, stack.python);
    if (stack.link && stack.fd == call->record.fd)
        descriptor_tell_link(thread->process, stack.fd, stack.link);
    in_progress_stack_finish(&stack);
    return site;
}

static struct site *find_site_of_caller(struct model *model, const struct call *call)
{
    struct site *site = is_unfinished(call) ? find_site_of_unfinished(model, call) : NULL;
    return site ? site
                : sites_find_caller(&model->sites, call->task->thread->process, call->function,
                                    call->record.caller, call->mark);
}

/* --- added up --- */

/* Of short calls nobody asks. */
static void note_descriptor(struct site *site, const struct call *call)
{
    const struct connection *connection = call_subject(call);
    if (call->blocked >= TRACE_LONG_CALL_NS)
        descriptor_add_call(&site->on, call->task->thread->process, call->record.fd,
                            connection ? connection->peer : NULL, true);
}

static void tell_called(struct model *model, struct call *call)
{
    if (call_is_slow(call))
        TELL(&model->listeners, slow_called, call);
    TELL(&model->listeners, called, call);
}

static void count_unfinished(struct call_totals *totals, const struct call *call)
{
    totals_add(totals, &(struct call_totals){.unfinished = 1,
                                             .unfinished_longest = duration(call),
                                             .unfinished_in = call->task->thread->process});
}

static void count_call(struct site *site, const struct call *call)
{
    struct call_totals *totals = &site->totals;
    uint64_t held = call_holds_tasks(call) ? call->blocked : 0;
    totals->count++;
    totals->blocked += call->blocked;
    totals->parked += duration(call) - call->blocked;
    if (totals->longest < call->blocked)
        totals->longest = call->blocked;
    if (call->task->thread->process->cooperative)
        totals->left_out += held;
    if (is_unfinished(call))
        count_unfinished(totals, call);
    site->refused[refusal_of(call)].count++;
    site->refused[refusal_of(call)].held += held;
}

/* Whoever has a connection is called by the name that its first long call on it tells. */
static void note_task(struct site *site, const struct call *call)
{
    const char *name = call_task_name(call);
    struct connection *connection = call_subject(call);
    if (!name)
        return;
    names_add(&site->tasks, name);
    bool is_owner = connection && connection->owner.thread == call->task->thread->number &&
                    connection->owner.task == call->task->number;
    if (is_owner && !connection->owner_name)
        connection->owner_name = memory_copy(name);
}

/* Adds a call that is over to its site. */
static void add_up(struct model *model, struct call *call)
{
    struct thread *thread = call->task->thread;
    if (call->site)
        tell_call(model, thread, call->cpu, call);
    else
        call->site = find_site_of_caller(model, call);
    struct site *site = call->site;
    if (call->many)
        site->place->waits_for_many = true;
    tell_called(model, call);
    note_descriptor(site, call);
    note_task(site, call);
    release_connections(call);
    count_call(site, call);
    if (call->refuser)
        hand_on_refuser(call);
    dispose(model, call);
}

/* --- its end, and the stack that follows --- */

static void end_idle(struct model *model, struct call *call)
{
    tell_called(model, call);
    dispose(model, call);
}

bool call_expects_stack(const struct call *call)
{
    bool has_stack =
        call->record.duration >= TRACE_LONG_CALL_NS || call->record.flags & TRACE_FLAG_SHARED;
    return !call->site && !call->task->over && has_stack &&
           call->record.duration != TRACE_IN_PROGRESS;
}

/* The main thread of the process of this number that began last: its end may be told yet. */
static struct thread *find_child(const struct model *model, const struct call *call)
{
    const struct process *own = call->task->thread->process, *found = NULL;
    for (size_t i = 0; call->record.result > 0 && i < model->process_count; i++) {
        const struct process *process = model->processes[i];
        if (process->pid == call->record.result && process->directory == own->directory &&
            process->begun && (!found || found->start < process->start))
            found = process;
    }
    return found ? found->main : NULL;
}

/* Of threads it is the one whose end was told last. */
static struct thread *find_awaited(const struct model *model, const struct call *call)
{
    struct thread *thread = call->task->thread, *found = NULL;
    if (call->kind.traits & TRAIT_JOIN && call->record.result == 0)
        found = thread->process->last_ended;
    else if (call->kind.traits & TRAIT_CHILD)
        found = find_child(model, call);
    return found != thread ? found : NULL;
}

static void note_child(struct call *call)
{
    struct process *own = call->task->thread->process;
    own->had_child |= call->record.result >= 0;
    if (!call->awaited)
        return;
    call->awaited->process->reaper = call->task->thread;
    call->awaited->process->reaped = call->end;
}

void call_end(struct model *model, struct call *call)
{
    struct thread *thread = call->task->thread;
    call->awaited = find_awaited(model, call);
    if (call->kind.traits & TRAIT_CHILD)
        note_child(call);
    thread->slow_calls += call_is_slow(call) && (!call->many || call->blocks || call->parks);
    if (call_is_slow(call))
        TELL(&model->listeners, slow_call_ends, call, model->now);
    TELL(&model->listeners, call_ends, call, model->now);
    for (size_t i = 0; i < call->about_count; i++)
        connection_call_end(call->about[i], call->kind, thread, &call->record, model->now);
    if (call_subject(call))
        thread->last = call_subject(call)->number;
    end_blocking(model, call);
    if (call->kind.kind == KIND_READ)
        channel_read(model, call);
    if (call->kind.kind == KIND_DUPLICATE)
        duplicate_descriptor(model, call);
    call->returned = true;
    if (call->kind.kind == KIND_IDLE)
        end_idle(model, call);
    else if (!call_expects_stack(call))
        add_up(model, call);
}

void call_add_stack(struct model *model, struct thread *thread,
                    const struct trace_long_call *record)
{
    struct call *call = call_find(thread, record->head.task, record->call_begin);
    if (!call || !record->frame_count) {
        tell_call(model, thread, record->cpu, NULL);
        return;
    }
    call->cpu = record->cpu;
    call->queued = UINT64_C(1000) * record->queued;
    call->site = find_site(model, call, record->frames, record->frame_count,
                           python_of(call->task, record->call_begin));
    if (call->returned)
        add_up(model, call);
}

const char *call_task_name(const struct call *call)
{
    const struct call_name *name = &call->task->name;
    return name->text && name->call_begin == call->record.head.time ? name->text : NULL;
}

/* It never returned: siglongjmp led out of it, or the program ended. To a connection that is as if
 * it had been interrupted. */
static void abandon(struct model *model, struct call *call)
{
    call->end = model->now;
    call->blocked = duration(call) - parked(call);
    call->record.result = -1;
    call->record.error = EINTR;
    call_end(model, call);
}

/* A call that waits for its stack waits in vain now. One whose end is still to come is left alone:
 * a signal handler made the next call inside of it. */
void call_abandon_all(struct model *model, struct task *task)
{
    for (struct call *call = task->calls, *next; call; call = next) {
        next = call->next;
        if (call->returned)
            add_up(model, call);
        else if (call->end == TRACE_IN_PROGRESS)
            abandon(model, call);
    }
}
