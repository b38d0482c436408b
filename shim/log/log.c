/*
 * Hands what happens to the trace and the lines, with the times that both need. A line is written
 * for long calls alone. errno is what it was.
 */
#include "log/log.h"

#include "config/config.h"
#include "log/line.h"
#include "log/recording.h"
#include "log/trace.h"
#include "sys/clock.h"
#include "sys/readable.h"
#include "sys/thread.h"

#include <errno.h>
#include <greq/trace_format.h>
#include <string.h>

void log_open(char *const *words)
{
    int saved_errno = errno;
    if (mode_is_confined())
        return;
    if (config.log && !config.kernels_clock)
        tsc_use();
    if (config.trace_dir[0])
        trace_open(words);
    if (config.log && !line_on())
        line_open();
    if (recording_is_on() || line_on())
        mode_add(MODE_LOG);
    errno = saved_errno;
}

void log_note_fork(void)
{
    trace_note_fork();
}

void log_be_silent(void)
{
    trace_be_silent();
}

int log_begin_late(const char *trace, bool has_lock)
{
    if (!config.kernels_clock)
        tsc_use();
    size_t length = strnlen(trace, sizeof config.trace_dir - 1); /* others may write to it */
    memcpy(config.trace_dir, trace, length);
    config.trace_dir[length] = '\0';
    int error = trace_begin_late(has_lock);
    if (error)
        config.trace_dir[0] = '\0';
    else
        mode_add(MODE_LOG);
    return error;
}

void log_end_early(void)
{
    trace_end_early();
    config.trace_dir[0] = '\0';
    if (line_on())
        mode_add(MODE_LOG);
    else
        mode_remove(MODE_LOG);
}

void log_call_begin(struct thread *thread, struct log_call *call)
{
    int saved_errno = errno;
    call->begin = clock_kernel_now();
    trace_call_begin(thread, call);
    errno = saved_errno;
}

void log_call_end(struct thread *thread, struct log_call *call, int64_t result, int error,
                  uint64_t parked)
{
    int saved_errno = errno;
    uint64_t end = clock_kernel_now();
    trace_call_end(thread, call, end, result, error, parked);
    if (end - call->begin >= TRACE_LONG_CALL_NS && line_on())
        line_call(thread, call, end - call->begin, parked);
    errno = saved_errno;
}

void log_brief_begin(struct thread *thread, struct log_call *call)
{
    int saved_errno = errno;
    call->begin = clock_kernel_now();
    trace_brief_begin(thread, call);
    errno = saved_errno;
}

void log_brief_end(struct thread *thread, struct log_call *call, int64_t result, int error,
                   bool had_handler)
{
    int saved_errno = errno;
    uint64_t end = clock_kernel_now();
    trace_brief_end(thread, call, end, result, error, had_handler);
    if (end - call->begin >= TRACE_LONG_CALL_NS && line_on())
        line_call(thread, call, end - call->begin, 0);
    errno = saved_errno;
}

void log_call_number(struct log_call *call, uint32_t task)
{
    trace_call_number(call, task);
}

void log_call_refused(struct thread *thread, struct log_call *call, unsigned refusal, bool alone,
                      const char *refuser)
{
    int saved_errno = errno;
    unsigned gone = TRACE_FLAG_COOPERATIVE | (alone ? TRACE_FLAG_HAD_TASKS : 0u);
    call->flags &= ~gone;
    call->refusal = refusal;
    trace_call_refused(thread, call, refuser);
    errno = saved_errno;
}

/* The rest goes to the trace alone. */

void log_file_lock(struct thread *thread, const struct log_call *call, bool waited, int holder)
{
    int saved_errno = errno;
    trace_file_lock(thread, call, waited, holder);
    errno = saved_errno;
}

void log_mutex(struct thread *thread, const struct log_call *call, const void *mutex, bool limited)
{
    int saved_errno = errno;
    trace_mutex(thread, call, mutex, limited);
    errno = saved_errno;
}
#define TELL_TRACE(call)         \
    do {                         \
        int saved_errno = errno; \
        call;                    \
        errno = saved_errno;     \
    } while (0)

void log_place(const struct log_call *call, char *place, size_t size)
{
    int saved_errno = errno;
    *place = '\0';
    if (line_on())
        line_place(call, place, size);
    errno = saved_errno;
}

void log_shared(struct thread *thread, const struct log_meeting *meeting)
{
    int saved_errno = errno;
    trace_shared(thread, meeting);
    if (line_on())
        line_shared(meeting);
    errno = saved_errno;
}

void log_peer(struct thread *thread, int fd, unsigned role, const struct sockaddr *peer,
              socklen_t size)
{
    if (size <= sizeof(struct sockaddr_storage) && readable(peer, size))
        TELL_TRACE(trace_peer(thread, fd, role, peer, size));
}

void log_accepted(struct thread *thread, int fd)
{
    int saved_errno = errno;
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (getpeername(fd, (struct sockaddr *)&peer, &size) == 0)
        log_peer(thread, fd, TRACE_PEER_ACCEPT, (struct sockaddr *)&peer, size);
    errno = saved_errno;
}

void log_http2(struct thread *thread, int fd)
{
    TELL_TRACE(trace_http2(thread, fd));
}

void log_epoll(struct thread *thread, int epoll, int op, int fd, const struct epoll_event *event)
{
    TELL_TRACE(trace_epoll(thread, epoll, op, fd, event));
}

void log_channel(struct thread *thread, int reads, int writes)
{
    TELL_TRACE(trace_channel(thread, reads, writes));
}

void log_timer(struct thread *thread, int fd)
{
    TELL_TRACE(trace_timer(thread, fd));
}

void log_task_start(struct thread *thread, uint32_t task, void *(*function)(void *))
{
    TELL_TRACE(trace_task_start(thread, task, function));
}

void log_task_end(struct thread *thread, uint32_t task)
{
    TELL_TRACE(trace_task_end(thread, task));
}

void log_last(struct thread *thread, unsigned before, const void *caller)
{
    TELL_TRACE(trace_last(thread, before, caller));
}

void log_mark(struct thread *thread, const char *name, const void *caller)
{
    TELL_TRACE(trace_mark(thread, name, caller));
}

void log_idle_begin(struct thread *thread, struct log_idle *idle)
{
    TELL_TRACE(trace_idle_begin(thread, idle));
}

void log_idle_end(struct thread *thread, struct log_idle *idle)
{
    TELL_TRACE(trace_idle_end(thread, idle));
}

void log_suspend(struct log_last *last)
{
    *last = (struct log_last){.was_on = log_on()};
    if (!last->was_on)
        return;
    trace_before_confined();
    mode_remove(MODE_LOG);
    last->now = clock_kernel_now();
    last->process_cpu = clock_cpu_read(CLOCK_PROCESS_CPUTIME_ID);
    last->thread_cpu = clock_cpu_read(CLOCK_THREAD_CPUTIME_ID);
}

void log_resume(const struct log_last *last, bool is_over)
{
    if (!last->was_on)
        return;
    if (is_over)
        trace_confined(&this_thread, last);
    else
        mode_add(MODE_LOG);
}

void log_thread_begin(struct thread *thread, const void *function)
{
    TELL_TRACE(trace_thread_begin(thread, function));
}

void log_thread_end(struct thread *thread)
{
    TELL_TRACE(trace_thread_end(thread));
}

void log_count(const char *text, uint64_t count)
{
    TELL_TRACE(trace_count(text, count));
}

void log_process_end(uint32_t tasks, uint32_t dropped, bool ends_thread)
{
    TELL_TRACE(trace_process_end(tasks, dropped, ends_thread));
}
