/*
 * What is told of a call becomes records. Its own is written at its begin and completed at its end;
 * of most calls there is no other.
 *
 * Before it comes what has to be known by then: what the thread has computed (detail.h), which
 * descriptors the call watches, which name it looks up, what lies unread. Behind it, when the call
 * is over, what became of it: the lock and who had it, bytes of HTTP, addresses that were found,
 * and, of long ones, the stack (detail.h).
 */
#include "config/config.h"
#include "log/address.h"
#include "log/at_once.h"
#include "log/command.h"
#include "log/descriptor.h"
#include "log/detail.h"
#include "log/http.h"
#include "log/recording.h"
#include "log/thread_log.h"
#include "log/trace.h"
#include "log/unread.h"
#include "sys/clock.h"
#include "sys/kernel.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Where the stream has just been opened, a call begins after that: both of its records say when. */
static void record_watch(struct stream *stream, struct log_call *call, uint32_t task)
{
    size_t count = call->watched_count;
    if (count > TRACE_MAX_WATCHED)
        count = TRACE_MAX_WATCHED;
    struct trace_watch *record =
        stream_reserve(stream, sizeof *record + count * sizeof *record->watched, TRACE_WATCH,
                       call->begin, task, NULL);
    if (!record)
        return;
    record->call_begin = call->begin = record->head.time;
    record->total = (uint32_t)call->watched_count;
    record->count = (uint32_t)count;
    for (size_t i = 0; i < count; i++)
        record->watched[i] =
            (struct trace_watched){call->watched[i].fd, (uint16_t)call->watched[i].events};
    stream_commit(stream);
}

static void record_name(struct stream *stream, struct log_call *call, uint32_t task)
{
    const char *name = command_is_host(call->name) ? call->name : "…";
    size_t length = strnlen(name, 255);
    struct trace_name *record =
        stream_reserve(stream, sizeof *record + length + 1, TRACE_NAME, call->begin, task, NULL);
    if (!record)
        return;
    record->call_begin = call->begin = record->head.time;
    memcpy(record->text, name, length);
    record->text[length] = '\0';
    stream_commit(stream);
}

/* Its record, in progress. */
static void record_call(struct stream *stream, struct log_call *call, uint32_t task)
{
    struct trace_call *record =
        stream_reserve_at_once(stream, sizeof *record, TRACE_CALL, call->begin, task, &call->chunk);
    if (!record)
        return;
    at_once_fill(record, call, call->id, call->fd, call->caller);
    record->flags = (uint16_t)call->flags;
    record->refusal = (uint16_t)call->refusal;
    call->process = recording.log;
    stream_commit(stream);
}

/* What there is to tell before the record of a call; of most there is nothing. */
static __attribute__((noinline)) void record_before(struct thread *thread, struct stream *stream,
                                                    struct log_call *call)
{
    if (sample_is_due(&thread->log->sampler, call->begin))
        detail_record_computed(thread, stream, call);
    if (call->watched_count)
        record_watch(stream, call, current_task(thread));
    if (call->name)
        record_name(stream, call, current_task(thread));
    if (!thread_in_handler(thread))
        unread_before(&thread->log->unread, stream, call, current_task(thread));
}

static inline bool has_something_before(const struct thread_log *log, const struct log_call *call)
{
    return sample_is_due(&log->sampler, call->begin) || call->watched_count || call->name ||
           unread_asks_before(&log->unread, call_role(call->id), call->fd);
}

void trace_call_begin(struct thread *thread, struct log_call *call)
{
    struct stream *stream = thread_log_stream(thread);
    call->record = NULL;
    if (!stream)
        return;
    if (__builtin_expect(has_something_before(thread->log, call), 0))
        record_before(thread, stream, call);
    record_call(stream, call, current_task(thread));
}

void trace_brief_begin(struct thread *thread, struct log_call *call)
{
    struct stream *stream = thread_log_stream(thread);
    call->record = NULL;
    if (!stream)
        return;
    if (sample_is_due(&thread->log->sampler, call->begin))
        detail_record_computed(thread, stream, call);
    record_call(stream, call, current_task(thread));
}

static void record_lock(struct stream *stream, const struct log_call *call, uint64_t end,
                        uint32_t task)
{
    struct trace_lock *record = stream_reserve(stream, sizeof *record, TRACE_LOCK, end, task, NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    record->address = (uintptr_t)call->lock;
    record->holder = call->holder;
    record->waker = call->waker;
    stream_commit(stream);
}

static inline bool has_stack(const struct log_call *call, uint64_t duration)
{
    return duration >= TRACE_LONG_CALL_NS || call->flags & TRACE_FLAG_SHARED;
}

/* What there is to tell of a call besides its own record; of most there is nothing. */
static __attribute__((noinline)) void record_rest(struct thread *thread, struct stream *stream,
                                                  const struct log_call *call, uint64_t end,
                                                  int64_t result, uint64_t parked)
{
    uint64_t duration = end - call->begin;
    if (call->lock)
        record_lock(stream, call, end, current_task(thread));
    if (config.http)
        http_after(stream, call, result, end, current_task(thread));
    if (call->found || call->host)
        address_record(stream, call, end, current_task(thread));
    unread_after(&thread->log->unread, stream, call, result,
                 duration > parked ? duration - parked : 0, current_task(thread));
    if (has_stack(call, duration))
        detail_record_long_call(thread, stream, call, end);
}

static inline bool has_rest(const struct log_call *call, uint64_t duration)
{
    return has_stack(call, duration) || call->lock || call->found || call->host || config.http ||
           unread_asks_after(call);
}

void trace_call_end(struct thread *thread, struct log_call *call, uint64_t end, int64_t result,
                    int error, uint64_t parked)
{
    struct trace_call *record = call->record;
    if (!record || !recording_has(call->process))
        return;
    struct stream *stream = &thread->log->stream;
    record->parked = parked;
    record->result = result;
    record->error = error;
    record->fd = call->fd;
    record->flags = (uint16_t)call->flags;
    __atomic_store_n(&record->duration, end - call->begin, __ATOMIC_RELEASE);
    stream_release(stream, call->chunk);
    if (!recording_is_on() || thread_in_handler(thread))
        return;
    if (__builtin_expect(has_rest(call, end - call->begin), 0))
        record_rest(thread, stream, call, end, result, parked);
    else
        unread_note_use(&thread->log->unread, call_role(call->id), call->fd);
}

/* When the call had done what it did by itself. */
static uint64_t end_of_own(const struct log_call *call, uint64_t end)
{
    uint64_t next = stream_time_after(call->chunk, call->record, sizeof *call->record);
    return next && next < end ? next : end;
}

void trace_brief_end(struct thread *thread, struct log_call *call, uint64_t end, int64_t result,
                     int error, bool had_handler)
{
    if (!call->record || !recording_has(call->process))
        return;
    if (!had_handler)
        end = end_of_own(call, end);
    if (end - call->begin >= TRACE_LONG_CALL_NS ||
        !stream_withdraw(&thread->log->stream, call->chunk, call->record))
        trace_call_end(thread, call, end, result, error, 0);
}

void trace_call_number(struct log_call *call, uint32_t task)
{
    if (call->record && recording_has(call->process))
        call->record->head.task = task;
}

static void record_refuser(struct stream *stream, const struct log_call *call, const char *name,
                           uint32_t task)
{
    size_t size = strlen(name) + 1;
    struct trace_refuser *record = stream_reserve(stream, sizeof *record + size, TRACE_REFUSER,
                                                  clock_kernel_now(), task, NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    memcpy(record->text, name, size);
    stream_commit(stream);
}

/* Said once, however often the call waits. */
void trace_call_refused(struct thread *thread, struct log_call *call, const char *refuser)
{
    struct trace_call *record = call->record;
    if (!record || !recording_has(call->process) || record->refusal == call->refusal)
        return;
    record->flags = (uint16_t)call->flags;
    record->refusal = (uint16_t)call->refusal;
    if (refuser && recording_is_on() && !thread_in_handler(thread))
        record_refuser(&thread->log->stream, call, refuser, current_task(thread));
}

void trace_file_lock(struct thread *thread, const struct log_call *call, bool waited, int holder)
{
    struct stat file;
    if (!call->record || call->process != recording.log || !recording_is_on() ||
        thread_in_handler(thread) || KERNEL(newfstatat, call->fd, "", &file, AT_EMPTY_PATH) != 0)
        return;
    char *path = thread->log->text;
    *path = '\0';
    if (waited)
        descriptor_path(call->fd, path, sizeof thread->log->text);
    size_t size = strlen(path) + 1;
    struct trace_file_lock *record =
        stream_reserve(&thread->log->stream, sizeof *record + size, TRACE_FILE_LOCK,
                       clock_kernel_now(), current_task(thread), NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    record->device = file.st_dev;
    record->inode = file.st_ino;
    record->holder = holder;
    record->waited = waited;
    memcpy(record->text, path, size);
    stream_commit(&thread->log->stream);
}

void trace_mutex(struct thread *thread, const struct log_call *call, const void *mutex,
                 bool limited)
{
    if (!call->record || call->process != recording.log || !recording_is_on() ||
        thread_in_handler(thread))
        return;
    struct trace_mutex *record = stream_reserve(&thread->log->stream, sizeof *record, TRACE_MUTEX,
                                                clock_kernel_now(), current_task(thread), NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    record->address = (uintptr_t)mutex;
    record->limited = limited;
    record->reserved = 0;
    stream_commit(&thread->log->stream);
}

void trace_shared(struct thread *thread, const struct log_meeting *meeting)
{
    struct stream *stream = thread_log_stream(thread);
    struct trace_shared *record = NULL;
    if (stream)
        record = stream_reserve(stream, sizeof *record, TRACE_SHARED, clock_kernel_now(),
                                meeting->second.task, NULL);
    if (!record)
        return;
    record->call_begin = meeting->second.begin;
    record->other_begin = meeting->first.begin;
    record->other_task = meeting->first.task;
    record->fd = meeting->fd;
    record->what = meeting->what;
    stream_commit(stream);
}
