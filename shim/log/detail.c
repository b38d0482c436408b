#include "log/detail.h"

#include "config/config.h"
#include "log/descriptor.h"
#include "log/log.h"
#include "log/process.h"
#include "log/recording.h"
#include "log/stack.h"
#include "log/thread_log.h"
#include "python/stack.h"
#include "sys/clock.h"
#include "sys/tsc.h"

#include <string.h>

/* To ask which clock the kernel has takes as long as 100 reads of it: a process that does not last
 * as long as its first sample does without the counter. */
static void use_counter(void)
{
    if (!config.kernels_clock && !tsc_is_decided())
        tsc_use();
}

/*
 * Whoever has just got a lock must not wait for another one, the interpreter's: it may be taken the
 * other way round elsewhere, and an allocator's lock must not meet an allocation. Nor may a library
 * wait that called us while it held a lock. The interpreter's own waits for threading.Lock are by
 * semaphores, and for its own lock by a condition.
 */
static bool may_ask_python(const struct log_call *call)
{
    return !call->lock || call_role(call->id) == ROLE_SEM;
}

/* After the call it needs the interpreter's lock anyway. */
static enum python_patience patience_after(const struct log_call *call)
{
    return python_is_caller(call->caller) ? PYTHON_WAIT : PYTHON_IF_FREE;
}

static void record_task_name(struct stream *stream, const struct log_call *call, uint64_t time,
                             uint32_t task, const char *name)
{
    size_t size = strlen(name) + 1;
    struct trace_task_name *record =
        stream_reserve(stream, sizeof *record + size, TRACE_TASK_NAME, time, task, NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    memcpy(record->text, name, size);
    stream_commit(stream);
}

static void record_python_stack(struct thread *thread, struct stream *stream,
                                const struct log_call *call, uint64_t time,
                                enum python_patience patience)
{
    char *text = thread->log->text, task[TASK_NAME_SIZE];
    size_t size = python_stack(text, sizeof thread->log->text, task, patience) + 1;
    struct trace_python_stack *record = NULL;
    if (size > 1 && *task)
        record_task_name(stream, call, time, current_task(thread), task);
    if (size > 1)
        record = stream_reserve(stream, sizeof *record + size, TRACE_PYTHON_STACK, time,
                                current_task(thread), NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    memcpy(record->text, text, size);
    stream_commit(stream);
}

/* The stack of a call, its Python frames and modules that are new. Returns the number of frames,
 * which are in the thread's log. */
static uint32_t record_stack(struct thread *thread, struct stream *stream,
                             const struct log_call *call, uint64_t time,
                             enum python_patience patience)
{
    uint32_t count = stack_walk(thread->log->frames, TRACE_MAX_FRAMES, NULL);
    /* Not with a lock of the program's in hand, which a thread in the loader may be waiting for. */
    if (!call->lock)
        process_update_modules();
    if (!may_ask_python(call))
        patience = PYTHON_UNASKED;
    if (patience == PYTHON_UNASKED || python_has_thread())
        record_python_stack(thread, stream, call, time, patience);
    return count;
}

static void record_descriptor(struct thread *thread, struct stream *stream,
                              const struct log_call *call, uint64_t time)
{
    struct thread_log *log = thread->log;
    descriptor_record(stream, call->fd, time, log->process, log->text, sizeof log->text);
}

static bool is_close(const struct log_call *call)
{
    return call_role(call->id) == ROLE_CLOSE || call->id == CALL_fclose;
}

void detail_record_long_call(struct thread *thread, struct stream *stream,
                             const struct log_call *call, uint64_t end)
{
    uint64_t *frames = thread->log->frames;
    use_counter();
    if (!is_close(call)) /* else the number may be another one's */
        record_descriptor(thread, stream, call, end);
    uint32_t count = record_stack(thread, stream, call, end, patience_after(call));
    uint64_t cpu = clock_cpu_read(CLOCK_THREAD_CPUTIME_ID);
    sample_note(&thread->log->sampler, end, cpu);
    uint64_t queued = sample_queued(&thread->log->sampler, call);
    struct trace_long_call *record =
        stream_reserve(stream, sizeof *record + count * sizeof *frames, TRACE_LONG_CALL, end,
                       current_task(thread), NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    record->cpu = cpu;
    record->queued = (uint32_t)(queued / 1000);
    record->frame_count = count;
    memcpy(record->frames, frames, count * sizeof *frames);
    stream_commit(stream);
}

/* Of Python only what can be had without a wait: the call has not been made yet. */
void detail_record_computed(struct thread *thread, struct stream *stream,
                            const struct log_call *call)
{
    struct thread_log *log = thread->log;
    if (thread_in_handler(thread))
        return;
    use_counter();
    record_descriptor(thread, stream, call, call->begin);
    uint32_t count = record_stack(thread, stream, call, call->begin, PYTHON_IF_FREE);
    sample_record_computed(&log->sampler, stream, call, current_task(thread), log->frames, count);
    unread_computed(&log->unread, stream, call, current_task(thread));
}

/* glibc's word, since 2.32: no thread was ever made beside this one. */
extern char __libc_single_threaded __attribute__((weak));

static bool is_alone(void)
{
    return &__libc_single_threaded && __libc_single_threaded;
}

/* The loader may be asked where nobody else can have its lock: another thread that has it may be
 * waiting for this one, which is about to end. Of the child of a fork, a thread of its parent's may
 * have had any lock. */
uint32_t detail_record_last_stack(struct thread *thread, const struct log_call *none)
{
    struct stream *stream = &thread->log->stream;
    if (!recording.is_forked && is_alone())
        return record_stack(thread, stream, none, none->begin, PYTHON_IF_FREE);
    uint32_t count = stack_walk(thread->log->frames, TRACE_MAX_FRAMES, NULL);
    if (!recording.is_forked && python_is_found() && python_has_thread())
        record_python_stack(thread, stream, none, none->begin, PYTHON_IF_FREE);
    return count;
}
