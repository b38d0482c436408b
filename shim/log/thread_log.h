/*
 * thread_log.h: what a recording has per thread: its stream, and what is kept beside it. It is made
 * with the thread's first record and belongs to that thread alone.
 *
 * Never blocks; memory is from the kernel.
 */
#ifndef LOG_THREAD_LOG_H
#define LOG_THREAD_LOG_H

#include "log/sample.h"
#include "log/stream.h"
#include "log/unread.h"
#include "sys/thread.h"

#include <greq/trace_format.h>

/* `frames` and `text` are what a long call's record is made of: a stack of the program's may be too
 * small for them. Nothing is recorded of long calls in handlers, so only one call has them. */
struct thread_log {
    struct stream stream;
    uint32_t process; /* the log it belongs to, a number; see recording.h */
    struct sampler sampler;
    struct unread unread;
    uint64_t exec_due; /* before that time the thread's next attempt at exec needs no sample */
    const void *start; /* the function that the thread began with; NULL: it is not known */
    uint64_t frames[TRACE_MAX_FRAMES];
    char text[6144];
};

/* Makes the calling thread's, without a record. NULL: there is no memory. */
struct thread_log *thread_log_make(struct thread *thread);

/* The stream's first records; those of the one thread of a process that was forked at `time`. */
void thread_log_record_start(struct thread_log *log);
void thread_log_record_birth(struct thread_log *log, uint64_t time);

/* The calling thread's stream, which is made if there is none. NULL: nothing is recorded. */
struct stream *thread_log_stream(struct thread *thread);

/* The stream's last records; the thread has none any more. */
void thread_log_end(struct thread *thread);

/* The same of a process that has confined itself, only where there is room for it in what is
 * mapped. */
void thread_log_end_confined(struct thread_log *log, uint64_t now, uint64_t cpu);

/* The number of the task that the thread runs, 0: none. */
static inline uint32_t current_task(struct thread *thread)
{
    return thread_strand(thread)->task;
}

#endif
