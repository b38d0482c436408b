/*
 * model.c: records come in the order of their time, and what they say goes to who it is about.
 *
 *     who there is            processes and threads, and which functions do what
 *     parts of the program    that a thread or a task has entered, and leaves
 *     the end of a process    which ends all that is its own; how it came, if that is known
 *     time                    goes on from one record to the next; calls that end between them end
 *     records                 each to its process, thread, call, descriptor or count
 */
#include "model/model.h"

#include "base/memory.h"
#include "model/arrival.h"
#include "model/call_told.h"
#include "model/locked_file.h"
#include "model/sample.h"
#include "trace/alive.h"
#include "trace/ending.h"
#include "trace/record.h"

#include <stdlib.h>
#include <string.h>

enum { COUNTS_MAX = 256 };

/* --- who there is: known from the streams, before the first record is read --- */

static struct process *add_process(struct model *model, const struct trace_stream *stream)
{
    model->processes = memory_grow(model->processes, model->process_count, &model->process_capacity,
                                   sizeof *model->processes);
    struct process *process =
        process_create(model->process_count, stream->directory, stream->pid, stream->process_start);
    model->processes[model->process_count++] = process;
    return process;
}

/* The streams of a process stand together. */
static struct process *process_of(struct model *model, const struct trace_stream *stream)
{
    struct process *last = model->process_count ? model->processes[model->process_count - 1] : NULL;
    if (last && last->directory == stream->directory && last->pid == stream->pid &&
        last->start == stream->process_start)
        return last;
    return add_process(model, stream);
}

static void add_thread(struct model *model, const struct trace_stream *stream,
                       struct process *process)
{
    struct thread *thread = thread_create(process, stream->thread, stream->tid, &model->listeners);
    thread->next = process->threads;
    process->threads = thread;
    if (!stream->thread)
        process->main = thread;
    model->threads[stream->index] = thread;
}

static void add_streams(struct model *model)
{
    const struct trace *trace = model->trace;
    model->threads = memory_alloc(trace->stream_count, sizeof *model->threads);
    model->stream_processes = memory_alloc(trace->stream_count, sizeof *model->stream_processes);
    for (size_t i = 0; i < trace->stream_count; i++) {
        const struct trace_stream *stream = &trace->streams[i];
        struct process *process = process_of(model, stream);
        process->open_streams++;
        model->stream_processes[i] = process;
        if (stream->thread != TRACE_PROCESS_THREAD)
            add_thread(model, stream, process);
    }
}

static void add_kinds(struct model *model)
{
    const struct functions *functions = &model->trace->functions;
    model->kinds = memory_alloc(functions->count, sizeof *model->kinds);
    for (size_t i = 0; i < functions->count; i++)
        model->kinds[i] = kind_of(functions->items[i]->role);
}

/* --- parts of the program --- */

static void leave(struct model *model, struct stay *stay)
{
    if (stay->mark)
        TELL(&model->listeners, part_left, stay->mark, stay->since, model->now);
    stay->mark = NULL;
}

static void enter(struct model *model, struct stay *stay, const struct mark *mark, bool named)
{
    leave(model, stay);
    *stay = (struct stay){mark, model->now};
    if (mark)
        TELL(&model->listeners, part_begun, mark, named, model->now);
}

static void leave_all(struct model *model, struct thread *thread)
{
    size_t position = 0;
    leave(model, &thread->stay);
    for (struct task *task; (task = map_next(&thread->tasks, &position));)
        leave(model, &task->stay);
}

/* --- the end of a process --- */

static void end_calls(struct model *model, struct thread *thread)
{
    size_t position = 0;
    call_abandon_all(model, &thread->scheduler);
    for (struct task *task; (task = map_next(&thread->tasks, &position));)
        call_abandon_all(model, task);
}

/* What a thread does that goes on until then ends where the process was ended from. */
static void tell_end(struct model *model, struct thread *thread, uint64_t cpu)
{
    const struct sample sample = {.kind = SAMPLE_END,
                                  .time = model->now,
                                  .cpu = cpu,
                                  .run_queue = thread->run_queue,
                                  .site = thread->over ? NULL : thread->process->exit,
                                  .fd = -1};
    TELL(&model->listeners, sampled, thread, &sample);
}

/* A thread that did not end itself lived as long as its process. */
static void end_thread(struct model *model, struct thread *thread)
{
    end_calls(model, thread);
    if (!thread->over && thread->counted)
        tell_end(model, thread, thread->cpu);
    leave_all(model, thread);
    if (!thread->over)
        TELL(&model->listeners, thread_ended, thread, model->now);
    TELL(&model->listeners, thread_done, thread);
}

static bool is_made_by_exec(const struct process *process, const struct process *of)
{
    return process->directory == of->directory && process->pid == of->pid;
}

/* The process that exec made of this one, or NULL. The streams of a process number are in the order
 * of their start. */
static const struct process *successor(const struct model *model, const struct process *process)
{
    if (process->number + 1 == model->process_count)
        return NULL;
    const struct process *next = model->processes[process->number + 1];
    return is_made_by_exec(next, process) ? next : NULL;
}

const struct process *model_before_exec(const struct model *model, const struct process *process)
{
    if (!process->number)
        return NULL;
    const struct process *before = model->processes[process->number - 1];
    return is_made_by_exec(process, before) ? before : NULL;
}

static void take_ending(struct process *process, const struct ending *ending)
{
    process->fate = ending->killed ? FATE_KILLED : FATE_EXITED;
    process->signal = ending->killed ? ending->code : 0;
    process->cpu = ending->cpu;
    process->cpu_has_childrens = true;
}

/* After a cut nobody knows what it has done since, even if it runs. */
static bool find_alive(const struct process *process, struct alive *alive)
{
    const struct recorded_process recorded = {process->pid, process->start, process->realtime,
                                              process->program};
    return !process->cut && process->program && alive_read(alive, &recorded);
}

/* What is known of the end of a process whose records have all been read. */
static void find_end(const struct model *model, struct process *process)
{
    const struct directory *directory = &model->trace->directories[process->directory];
    const struct process *next = successor(model, process);
    struct ending ending;
    struct alive alive;
    uint64_t end = 0;
    if (process->fate == FATE_UNKNOWN && next) {
        process->fate = FATE_REPLACED;
        end = next->start;
    } else if (process->fate == FATE_UNKNOWN && ending_read(&ending, directory->fd, process->pid)) {
        take_ending(process, &ending);
        end = ending.time;
    } else if (process->fate == FATE_UNKNOWN && find_alive(process, &alive)) {
        process->fate = FATE_RUNNING;
        process->cpu = alive.cpu;
        end = alive.now;
    }
    bool is_later = process->last_seen && end > process->last_seen;
    process->end = is_later ? end : process->last_seen;
}

/* The kernel counts on in the program that exec has made. */
static bool cpu_is_its_own(const struct model *model, const struct process *process)
{
    return !process->had_child && !model_before_exec(model, process);
}

static void end_process(struct model *model, struct process *process)
{
    process->over = true;
    if (process->cpu_has_childrens && !cpu_is_its_own(model, process))
        process->cpu = 0;
    if (model->end < process->end)
        model->end = process->end;
    for (struct thread *thread = process->threads; thread; thread = thread->next)
        end_thread(model, thread);
    size_t position = 0;
    for (struct connection *connection; (connection = map_next(&process->connections, &position));)
        connection_end(connection, process->main, model->now);
    map_clear(&process->connections);
    TELL(&model->listeners, process_over, process);
}

/* --- time --- */

static void move_to(struct model *model, uint64_t time)
{
    if (model->now < time)
        model->now = time;
}

static void end_processes(struct model *model, uint64_t time)
{
    while (heap_time(&model->exits) <= time && !heap_is_empty(&model->exits)) {
        move_to(model, heap_time(&model->exits));
        end_process(model, heap_pop(&model->exits));
    }
}

/* Lets everything happen that ended up to a time, but for returns. */
static inline void settle(struct model *model, uint64_t time)
{
    if (heap_time(&model->exits) <= time)
        end_processes(model, time);
    move_to(model, time);
}

static void see(struct process *process, uint64_t begin, uint64_t end)
{
    if (!process->last_seen)
        process->begun = begin;
    if (process->last_seen < end)
        process->last_seen = end;
}

/* --- records --- */

static void add_peer(struct model *model, struct thread *thread, const struct trace_peer *record)
{
    struct process *process = thread->process;
    struct connection *old = map_get(&process->connections, record->fd);
    if (old && connection_is_repeated(old, record->role, record->text))
        return;
    if (old)
        connection_close(old, thread, model->now);
    channel_forget(process, record->fd);
    struct caller caller = {process->pid, thread->number, record->head.task};
    struct connection *connection = connection_open(&model->connections, process, record->role,
                                                    record->text, caller, model->now);
    map_put(&process->connections, record->fd, connection);
    TELL(&model->listeners, opened, connection, thread, record->head.task);
}

/* The look-up is over: its call ended at the time of this record. */
static void add_address(struct model *model, struct thread *thread,
                        const struct trace_address *record)
{
    struct task *task = thread_task(thread, record->head.task);
    if (task->lookup.text && task->lookup.call_begin == record->call_begin)
        TELL(&model->listeners, found_address, task, record->text, model->now);
}

static void add_http(struct model *model, struct thread *thread, const struct trace_http *record)
{
    struct connection *connection = map_get(&thread->process->connections, record->fd);
    if (connection)
        connection_speak(connection, record, model->now);
}

static void add_mark(struct model *model, struct thread *thread, const struct trace_mark *record)
{
    struct task *task = thread_task(thread, record->head.task);
    enter(model, task_stay(task), marks_find(&model->marks, record->text), true);
}

static void end_task(struct model *model, struct thread *thread, uint32_t number)
{
    struct task *task = thread_task(thread, number);
    call_abandon_all(model, task);
    leave(model, &task->stay);
    task->over = true;
    if (!task->calls)
        thread_remove_task(thread, task, &model->listeners);
}

static void end_own(struct model *model, struct thread *thread, uint64_t cpu)
{
    thread->over = true;
    tell_end(model, thread, cpu);
    leave_all(model, thread);
    TELL(&model->listeners, thread_ended, thread, model->now);
    thread->process->last_ended = thread;
}

static void add_count(struct model *model, const char *name, uint64_t count)
{
    for (size_t i = 0; i < model->count_count; i++)
        if (!strcmp(model->counts[i].name, name)) {
            model->counts[i].count += count;
            return;
        }
    if (model->count_count == COUNTS_MAX)
        return;
    model->counts = memory_grow(model->counts, model->count_count, &model->count_capacity,
                                sizeof *model->counts);
    model->counts[model->count_count++] = (struct counted){memory_copy(name), count};
}

static void add_thread_count(struct model *model, struct thread *thread,
                             const struct trace_count *record)
{
    if (strcmp(record->text, "run-queue ns")) {
        add_count(model, record->text, record->count);
        return;
    }
    thread->run_queue = record->count;
}

static void name_thread(struct thread *thread, const struct trace_thread_start *record)
{
    if (!thread->name)
        thread->name = memory_copy(record->text);
    map_put(&thread->process->by_tid, thread->tid, thread);
}

/* The last process of that number that began before this one, if they run the same program: then
 * this one is its fork. */
static struct process *find_parent(const struct model *model, const struct process *child,
                                   uint32_t pid)
{
    struct process *parent = NULL;
    for (size_t i = 0; i < model->process_count; i++) {
        struct process *process = model->processes[i];
        if (process->pid == pid && process->directory == child->directory &&
            process->start < child->start && (!parent || parent->start < process->start))
            parent = process;
    }
    bool is_same = parent && parent->program && !strcmp(parent->program, child->program);
    return is_same ? parent : NULL;
}

static void describe(const struct model *model, struct process *process,
                     const struct trace_process_start *record)
{
    if (process->program)
        return;
    process->program = memory_copy(record->text);
    process->command_line = memory_copy(record_command_line(record));
    process->realtime = record->realtime;
    process->cooperative = record->cooperative;
    process->parent_pid = record->parent_pid;
    process->parent = find_parent(model, process, record->parent_pid);
    process->parent_generation = process->parent ? process->parent->generation : 0;
    if (process->parent)
        process->parent->forked = process->start;
}

static void end_itself(struct process *process, const struct trace_process_end *record)
{
    process->fate = FATE_EXITED;
    process->cpu = record->cpu;
}

static void start_task(struct model *model, struct thread *thread,
                       const struct trace_task_start *record)
{
    const struct mark *mark = task_stay(thread_task(thread, record->parent))->mark;
    struct task *task = thread_task(thread, record->head.task);
    task->started = true;
    enter(model, &task->stay, mark, false);
    TELL(&model->listeners, task_started, task, model->now);
}

static void begin_thread(struct model *model, struct thread *thread, uint64_t time)
{
    if (!thread->begun)
        TELL(&model->listeners, thread_begun, thread, time);
    thread->begun = true;
}

/* Of a thread that is left when its process ends. It may have made no call, and have no records. */
static void count_thread(struct process *process, const struct trace_sample *record)
{
    struct thread *thread = map_get(&process->by_tid, record->tid);
    if (!thread) {
        process->unseen_cpu += record->cpu;
        return;
    }
    thread->counted = true;
    thread->cpu = record->cpu;
    thread->run_queue = record->run_queue;
}

static void add_process_record(struct model *model, struct process *process,
                               const struct trace_record *record)
{
    if (record->id == TRACE_PROCESS_START)
        describe(model, process, (const struct trace_process_start *)record);
    else if (record->id == TRACE_HOST && !process->host)
        process->host = memory_copy(((const struct trace_host *)record)->text);
    else if (record->id == TRACE_MODULE)
        process_add_module(process, (const struct trace_module *)record);
    else if (record->id == TRACE_PROCESS_END)
        end_itself(process, (const struct trace_process_end *)record);
    else if (record->id == TRACE_SAMPLE)
        count_thread(process, (const struct trace_sample *)record);
    else if (record->id == TRACE_COUNT)
        add_count(model, ((const struct trace_count *)record)->text,
                  ((const struct trace_count *)record)->count);
}

/* They are in the stream of its first thread as long as that has little in it. */
static bool is_about_process(const struct trace_record *record)
{
    bool is_end = record->id == TRACE_SAMPLE &&
                  ((const struct trace_sample *)record)->reason == TRACE_SAMPLE_END;
    return record->id == TRACE_PROCESS_START || record->id == TRACE_PROCESS_END ||
           record->id == TRACE_MODULE || record->id == TRACE_HOST || is_end;
}

/* A table of the kinds. As several functions it would cost each event 5 instructions more. */
static void add_thread_record(struct model *model, struct thread *thread,
                              const struct trace_event *event)
{
    const struct trace_record *record = event->record;
    switch ((enum trace_event_id)record->id) {
    case TRACE_CALL:
        call_begin(model, thread, (const struct trace_call *)record, event->call);
        break;
    case TRACE_LONG_CALL:
        call_add_stack(model, thread, (const struct trace_long_call *)record);
        break;
    case TRACE_WATCH:
        call_add_watch(thread, (const struct trace_watch *)record);
        break;
    case TRACE_NAME:
        call_add_name(thread, (const struct trace_name *)record);
        break;
    case TRACE_ADDRESS:
        add_address(model, thread, (const struct trace_address *)record);
        break;
    case TRACE_HTTP:
        add_http(model, thread, (const struct trace_http *)record);
        break;
    case TRACE_PYTHON_STACK:
        call_add_python(thread, (const struct trace_python_stack *)record);
        break;
    case TRACE_LOCK:
        call_add_lock(model, thread, (const struct trace_lock *)record);
        break;
    case TRACE_MUTEX:
        call_add_mutex(thread, (const struct trace_mutex *)record);
        break;
    case TRACE_FILE_LOCK:
        call_add_file_lock(model, thread, (const struct trace_file_lock *)record);
        break;
    case TRACE_SHARED:
        call_add_shared(model, thread, (const struct trace_shared *)record);
        break;
    case TRACE_TASK_NAME:
        call_add_task_name(thread, (const struct trace_task_name *)record);
        break;
    case TRACE_REFUSER:
        call_add_refuser(thread, (const struct trace_refuser *)record);
        break;
    case TRACE_UNREAD:
        arrival_add(model, thread, (const struct trace_unread *)record);
        break;
    case TRACE_SAMPLE:
        call_add_sample(model, thread, (const struct trace_sample *)record);
        break;
    case TRACE_COUNT:
        add_thread_count(model, thread, (const struct trace_count *)record);
        break;
    case TRACE_THREAD_START:
        name_thread(thread, (const struct trace_thread_start *)record);
        break;
    case TRACE_PEER:
        add_peer(model, thread, (const struct trace_peer *)record);
        break;
    case TRACE_IDLE:
        call_begin_idle(model, thread, (const struct trace_idle *)record, event->call);
        break;
    case TRACE_EPOLL:
        channel_watch(thread->process, (const struct trace_epoll *)record);
        break;
    case TRACE_DESCRIPTOR:
        descriptor_tell(thread->process, (const struct trace_descriptor *)record);
        break;
    case TRACE_CHANNEL:
        channel_add(thread->process, (const struct trace_channel *)record);
        break;
    case TRACE_TIMER:
        channel_set_timer(thread->process, (const struct trace_timer *)record);
        break;
    case TRACE_TASK_START:
        start_task(model, thread, (const struct trace_task_start *)record);
        break;
    case TRACE_MARK:
        add_mark(model, thread, (const struct trace_mark *)record);
        break;
    case TRACE_TASK_END:
        end_task(model, thread, record->task);
        break;
    case TRACE_THREAD_END:
        end_own(model, thread, ((const struct trace_thread_end *)record)->cpu);
        break;
    default:
        break;
    }
}

static void add_record(struct model *model, const struct trace_event *event)
{
    struct process *process = model->stream_processes[event->stream->index];
    struct thread *thread = model->threads[event->stream->index];
    if (!model->events++)
        model->begin = event->time;
    settle(model, trace_settled_by(event));
    see(process, event->time, event->last);
    if (!thread || is_about_process(event->record)) {
        add_process_record(model, process, event->record);
        return;
    }
    process->cut_at = event->time;
    begin_thread(model, thread, event->time);
    add_thread_record(model, thread, event);
}

/* A call returns. Before a process that ends at the same time: what ended when its process did,
 * ended. */
static void add_return(struct model *model, const struct trace_event *event)
{
    if (heap_time(&model->exits) < event->time)
        end_processes(model, event->time - 1);
    move_to(model, event->time);
    call_end(model, model->returning[event->call]);
}

static void end_stream(struct model *model, const struct trace_stream *stream)
{
    struct process *process = model->stream_processes[stream->index];
    model->lost += stream->discarded;
    process->cut |= stream->cut;
    if (--process->open_streams == 0) {
        find_end(model, process);
        heap_push(&model->exits, process->end, process);
    }
}

void model_build(struct model *model, struct trace *trace, struct symbols *symbols,
                 const struct listeners *listeners)
{
    const struct trace_event *event;
    *model = (struct model){.trace = trace, .listeners = *listeners};
    model->sites.places.namer.symbols = symbols;
    model->connections.listeners = &model->listeners;
    add_kinds(model);
    add_streams(model);
    trace_ask_returns(trace);
    while ((event = trace_take(trace))) {
        if (event->record)
            add_record(model, event);
        else if (event->call)
            add_return(model, event);
        else
            end_stream(model, event->stream);
    }
    settle(model, UINT64_MAX);
}

const struct process *model_first_process(const struct model *model)
{
    const struct process *first = NULL;
    for (size_t i = 0; i < model->process_count; i++)
        if (!first || model->processes[i]->start < first->start)
            first = model->processes[i];
    return first;
}

/* A forked child's is said by its parent. */
const char *model_host(const struct model *model, const struct process *process)
{
    for (size_t i = 0; i < model->process_count && !process->host; i++)
        if (model->processes[i]->host && model->processes[i]->directory == process->directory)
            return model->processes[i]->host;
    return process->host;
}

static void free_unused_calls(struct model *model)
{
    for (struct call *call = model->unused, *next; call; call = next) {
        next = call->next;
        free(call->about);
        if (call->kept)
            kept_free(call->kept);
        free(call->kept);
        free(call);
    }
}

void model_finish(struct model *model)
{
    for (size_t i = 0; i < model->trace->stream_count; i++)
        if (model->threads[i])
            thread_destroy(model->threads[i]);
    free(model->threads);
    free(model->stream_processes);
    for (size_t i = 0; i < model->process_count; i++)
        process_destroy(model->processes[i]);
    free(model->processes);
    for (size_t i = 0; i < model->group_count; i++) {
        free(model->groups[i]->stack);
        descriptor_finish(&model->groups[i]->on);
        names_clear(&model->groups[i]->tasks);
        free(model->groups[i]);
    }
    free(model->groups);
    for (size_t i = 0; i < model->count_count; i++)
        free(model->counts[i].name);
    free(model->counts);
    free(model->kinds);
    free_unused_calls(model);
    sites_finish(&model->sites);
    marks_finish(&model->marks);
    locked_files_clear(&model->files);
    connections_finish(&model->connections);
    free(model->returning);
    heap_clear(&model->exits);
    *model = (struct model){0};
}
