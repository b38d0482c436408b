/*
 * The last of a thread: what it has used up to where it ends, its process exits, or exec is tried.
 * No call of it comes that would tell.
 */
#include "log/detail.h"
#include "log/log.h"
#include "log/recording.h"
#include "log/thread_log.h"
#include "log/trace.h"
#include "log/unread.h"
#include "sys/clock.h"

#include <unistd.h>

/* In a handler there is nothing but the caller: what it has interrupted may be in the middle of a
 * walk. */
static void record_last(struct thread *thread, unsigned before, const struct log_call *none)
{
    struct thread_log *log = thread->log;
    uint64_t caller = (uintptr_t)none->caller, *frames = log->frames;
    uint32_t count;
    if (thread_in_handler(thread) || before == TRACE_RETURN) {
        frames = &caller;
        count = none->caller != NULL;
    } else {
        count = detail_record_last_stack(thread, none);
    }
    sample_record_last(&log->sampler, &log->stream, none->begin, current_task(thread),
                       (uint16_t)before, frames, count);
}

/* Before exec in any case: the kernel's counts go on in the next program, whose trace leaves out
 * what was before it: once, where one attempt after the other fails in a search of PATH. What other
 * threads compute ends in the exit as well. */
static bool has_last(const struct thread_log *log, unsigned before, uint64_t now)
{
    bool has_others = __atomic_load_n(&recording.next_thread, __ATOMIC_RELAXED) > 1;
    return sample_is_due(&log->sampler, now) || (before == CALL_execve && now >= log->exec_due) ||
           (before == TRACE_EXIT && has_others);
}

/* Not inlined: a handler's stack is small, and mostly there is nothing to tell. */
static __attribute__((noinline)) void tell_last(struct thread *thread, unsigned before,
                                                const void *caller)
{
    struct thread_log *log = thread->log;
    const struct log_call none = {
        .begin = clock_kernel_now(), .id = CALL_COUNT, .fd = -1, .caller = caller};
    if (has_last(log, before, none.begin))
        record_last(thread, before, &none);
    if (before == CALL_execve && none.begin >= log->exec_due)
        log->exec_due = none.begin + TRACE_COMPUTED_NS;
    if (before == TRACE_EXIT)
        unread_left(&log->unread, &log->stream, none.begin, current_task(thread));
}

/* A child of vfork is no process of ours. A handler may have little of a stack, and one that does
 * not say who it is may have interrupted the writing for nothing. */
void trace_last(struct thread *thread, unsigned before, const void *caller)
{
    const struct thread_log *log = thread->log;
    bool has_stream = recording_is_on() && log && log->process == recording.log;
    bool is_lost = thread_on_alternate(thread) || (thread_in_handler(thread) && !caller);
    if (has_stream && !is_lost && stream_origin.pid == (uint32_t)getpid())
        tell_last(thread, before, caller);
}
