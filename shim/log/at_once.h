/*
 * at_once.h: the record of a call of which there is nothing else to tell, made where the call is,
 * without a call of a function. It is the record that trace_call.c would make.
 *
 * Such a call reads or writes, but not a connection's first bytes, begins while no sample is due,
 * nothing that may lie unread is to be looked at, and the chunk has room; and it ends soon.
 * Whatever else there is to tell, trace_call.c tells: of a call that begins so and is long, its
 * end.
 *
 * That the thread is at its descriptor (log/unread.h) is noted of a write as it begins, and known
 * of a read: else that would have been looked at.
 */
#ifndef LOG_AT_ONCE_H
#define LOG_AT_ONCE_H

#include "log/first.h"
#include "log/log.h"
#include "log/sample.h"
#include "log/stream.h"
#include "log/thread_log.h"
#include "log/unread.h"
#include "sys/check.h"
#include "sys/clock.h"
#include "sys/fork_guard.h"
#include "sys/inline.h"
#include "sys/thread.h"

#include <errno.h>
#include <greq/trace_format.h>

/* The process of a call whose record was not made at once. */
#define AT_ONCE_NEVER UINT32_MAX

/* The log that records are made in at once; 0 while there is none. A fork clears it: a call may
 * return in the child of one that a signal handler has made in the middle of it. */
static inline uint32_t at_once_log(void)
{
    return (uint32_t)fork_guard_page[FORK_GUARD_LOG];
}

/* What is told of a call at its begin. Its time is its record's, which may be later. */
static ALWAYS_INLINE void at_once_fill(struct trace_call *record, struct log_call *call,
                                       enum call_id id, int fd, const void *caller)
{
    call->begin = record->head.time;
    call->record = record;
    record->duration = TRACE_IN_PROGRESS;
    record->caller = (uintptr_t)caller;
    record->fd = fd;
    record->call = (uint16_t)id;
}

/* Whether a call that is about to begin, in no handler and with nobody to be parked, may be told of
 * at once. */
static ALWAYS_INLINE bool at_once_may_begin(const struct thread_log *log, enum call_id id, int fd)
{
    enum call_role role = call_role_of(id);
    return log && log->process == at_once_log() && call_role_moves_alone(role) &&
           !(call_role_reads(role) && unread_may_be(&log->unread, fd)) &&
           !first_is_unseen(fd, call_role_reads(role));
}

/* The same once it has begun. Returns false if not, and nothing is told. */
static ALWAYS_INLINE bool at_once_begin(struct thread *thread, struct log_call *call,
                                        enum call_id id, int fd, const void *caller)
{
    uint64_t now = clock_kernel_now();
    struct thread_log *log = thread->log;
    struct trace_call *record = NULL;
    if (!sample_is_due(&log->sampler, now))
        record = stream_reserve_here(&log->stream, sizeof *record, TRACE_CALL, now,
                                     thread->strand->task, &call->chunk);
    if (!record)
        return false;
    at_once_fill(record, call, id, fd, caller);
    record->flags = 0;
    record->refusal = TRACE_REFUSAL_NONE;
    record->reserved = 0;
    call->process = log->process;
    stream_commit(&log->stream);
    if (!call_role_reads(call_role_of(id))) /* of one that reads it is noted: see above */
        unread_note_moved(&log->unread, fd);
    return true;
}

/* Completes a record that was made at once, of a call whose task was never parked. A result below 0
 * has an errno. Returns false where there is more to tell. */
static ALWAYS_INLINE bool at_once_end(struct thread *thread, const struct log_call *call,
                                      int64_t result)
{
    if (__builtin_expect(call->process != at_once_log(), 0))
        return false;
    int error = result < 0 ? errno : 0;
    uint64_t duration = clock_kernel_now() - call->begin;
    if (__builtin_expect(duration >= TRACE_LONG_CALL_NS || thread_in_handler(thread), 0))
        return false;
    struct trace_call *record = call->record;
    record->parked = 0;
    record->result = result;
    record->error = error;
    __atomic_store_n(&record->duration, duration, __ATOMIC_RELEASE);
    stream_release(&thread->log->stream, call->chunk);
    return true;
}

#endif
