/*
 * What is told and is no call becomes records: connections, members of epolls, channels, timers,
 * tasks, marks, and the sleep of a thread whose tasks all wait.
 */
#include "log/detail.h"
#include "log/epoll_data.h"
#include "log/first.h"
#include "log/http.h"
#include "log/log.h"
#include "log/peer.h"
#include "log/recording.h"
#include "log/thread_log.h"
#include "log/trace.h"
#include "log/unread.h"
#include "sys/clock.h"
#include "sys/kernel.h"
#include "sys/text.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

void trace_peer(struct thread *thread, int fd, unsigned role, const struct sockaddr *peer,
                socklen_t size)
{
    struct stream *stream = thread_log_stream(thread);
    struct text text = {0};
    struct trace_peer *record;
    peer_add(&text, peer, size);
    if (!stream || !text.used)
        return;
    record = stream_reserve(stream, sizeof *record + text.used + 1, TRACE_PEER, clock_kernel_now(),
                            current_task(thread), NULL);
    if (!record)
        return;
    record->fd = fd;
    record->role = role;
    unread_add(&thread->log->unread, fd, role == TRACE_PEER_ACCEPT);
    memcpy(record->text, text_string(&text), text.used + 1);
    stream_commit(stream);
    http_open(fd);
    first_open(fd);
    if (role == TRACE_PEER_ACCEPT)
        unread_backlog(stream, fd, current_task(thread));
}

void trace_http2(struct thread *thread, int fd)
{
    struct stream *stream = thread_log_stream(thread);
    if (stream)
        http_is_2(stream, fd, current_task(thread));
}

void trace_epoll(struct thread *thread, int epoll, int op, int fd, const struct epoll_event *event)
{
    struct stream *stream = thread_log_stream(thread);
    if (event && op != EPOLL_CTL_DEL)
        epoll_data_add(epoll, fd, event->data.u64);
    if (!stream)
        return;
    struct trace_epoll *record = stream_reserve(stream, sizeof *record, TRACE_EPOLL,
                                                clock_kernel_now(), current_task(thread), NULL);
    if (!record)
        return;
    record->epoll = epoll;
    record->fd = fd;
    record->op = (uint32_t)op;
    record->events = event && op != EPOLL_CTL_DEL ? event->events : 0;
    stream_commit(stream);
}

void trace_channel(struct thread *thread, int reads, int writes)
{
    struct stream *stream = thread_log_stream(thread);
    struct trace_channel *record;
    if (!stream)
        return;
    record = stream_reserve(stream, sizeof *record, TRACE_CHANNEL, clock_kernel_now(),
                            current_task(thread), NULL);
    if (!record)
        return;
    record->reads = reads;
    record->writes = writes;
    stream_commit(stream);
}

/* Asked of the kernel, which knows by what clock it runs. */
void trace_timer(struct thread *thread, int fd)
{
    struct stream *stream = thread_log_stream(thread);
    struct itimerspec left;
    struct trace_timer *record;
    if (!stream || KERNEL(timerfd_gettime, fd, &left) != 0)
        return;
    uint64_t now = clock_kernel_now(), due = clock_from_timespec(&left.it_value);
    record = stream_reserve(stream, sizeof *record, TRACE_TIMER, now, current_task(thread), NULL);
    if (!record)
        return;
    record->due = due ? now + due : 0;
    record->interval = clock_from_timespec(&left.it_interval);
    record->fd = fd;
    record->reserved = 0;
    stream_commit(stream);
}

void trace_task_start(struct thread *thread, uint32_t task, void *(*function)(void *))
{
    struct stream *stream = thread_log_stream(thread);
    struct trace_task_start *record;
    if (!stream)
        return;
    record =
        stream_reserve(stream, sizeof *record, TRACE_TASK_START, clock_kernel_now(), task, NULL);
    if (!record)
        return;
    record->function = (uintptr_t)function;
    record->parent = current_task(thread);
    stream_commit(stream);
}

void trace_task_end(struct thread *thread, uint32_t task)
{
    struct stream *stream = thread_log_stream(thread);
    if (stream && stream_reserve(stream, sizeof(struct trace_task_end), TRACE_TASK_END,
                                 clock_kernel_now(), task, NULL))
        stream_commit(stream);
}

/* What was computed before it belongs to the part before it. */
void trace_mark(struct thread *thread, const char *name, const void *caller)
{
    struct stream *stream = thread_log_stream(thread);
    struct log_call none = {
        .begin = clock_kernel_now(), .id = CALL_COUNT, .fd = -1, .caller = caller};
    struct trace_mark *record;
    if (!stream || thread_in_handler(thread))
        return;
    if (sample_is_due(&thread->log->sampler, none.begin))
        detail_record_computed(thread, stream, &none);
    size_t length = strnlen(name, TRACE_MARK_SIZE - 1);
    record = stream_reserve(stream, sizeof *record + length + 1, TRACE_MARK, none.begin,
                            current_task(thread), NULL);
    if (!record)
        return;
    memcpy(record->text, name, length);
    record->text[length] = '\0';
    stream_commit(stream);
}

void trace_idle_begin(struct thread *thread, struct log_idle *idle)
{
    struct stream *stream = thread_log_stream(thread);
    idle->record = NULL;
    if (!stream)
        return;
    idle->begin = clock_kernel_now();
    idle->record =
        stream_reserve(stream, sizeof *idle->record, TRACE_IDLE, idle->begin, 0, &idle->chunk);
    if (!idle->record)
        return;
    idle->process = recording.log;
    idle->record->duration = TRACE_IN_PROGRESS;
    stream_commit(stream);
}

void trace_idle_end(struct thread *thread, struct log_idle *idle)
{
    if (!idle->record || !recording_has(idle->process))
        return;
    uint64_t now = clock_kernel_now();
    __atomic_store_n(&idle->record->duration, now - idle->begin, __ATOMIC_RELEASE);
    stream_release(&thread->log->stream, idle->chunk);
    sample_note_sleep(&thread->log->sampler, now);
}
