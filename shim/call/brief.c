#include "call/brief.h"

#include "call/frame.h"
#include "host/decision.h"

static bool is_inside(struct thread *thread)
{
    const struct strand *strand = thread_strand(thread);
    struct frame outermost = strand->outermost;
    return frame_is_of_call(&outermost, thread, strand);
}

void brief_enter(struct brief *brief)
{
    int saved_errno = errno;
    if (!brief_is_plain())
        fork_guard_check();
    struct thread *thread = &this_thread;
    brief->thread = thread;
    brief->is_recorded = !brief_is_plain() && !call_in_handler(thread) && !is_inside(thread);
    if (!brief->is_recorded)
        goto cleanup;
    struct decision decision = decision_at_entry(&(struct decision_subject){
        .thread = thread, .id = brief->log.id, .fd = brief->log.fd, .caller = brief->log.caller});
    brief->log.flags = decision.had_tasks ? TRACE_FLAG_HAD_TASKS : 0u;
    brief->log.refusal = decision.refusal;
    brief->signals = thread->signals.all;
    log_brief_begin(thread, &brief->log);
cleanup:
    errno = saved_errno;
}

void brief_leave(struct brief *brief, int64_t result, int error)
{
    if (brief->is_recorded)
        log_brief_end(brief->thread, &brief->log, result, error,
                      brief->signals != brief->thread->signals.all);
}
