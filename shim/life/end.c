/*
 * The end of a process: by exit, after the program's own handlers, or by _exit, which runs none.
 */
#include "life/end.h"

#include "call/call.h"
#include "config/config.h"
#include "host/host.h"
#include "host/refusal.h"
#include "life/summary.h"
#include "log/live.h"
#include "sys/clock.h"

static void log_refusals(void)
{
    for (int i = 1; i < TRACE_REFUSAL_COUNT; i++) {
        uint64_t count = refusal_count((enum trace_refusal)i);
        if (count)
            log_count(refusal_name((enum trace_refusal)i), count);
    }
}

static bool is_between_calls(struct thread *thread)
{
    return !thread_on_alternate(thread) && !thread_strand(thread)->outermost.at;
}

/* The calling thread's end is recorded only where it is not in the middle of a record. */
static void close_log(const struct summary *summary, const void *caller)
{
    bool is_between = is_between_calls(&this_thread);
    bool ends_thread = is_between && !call_in_handler(&this_thread);
    if (is_between)
        log_last(&this_thread, TRACE_EXIT, caller);
    log_refusals();
    log_process_end(summary->tasks.tasks, summary->tasks.dropped, ends_thread);
    if (ends_thread)
        log_thread_end(&this_thread);
}

/*
 * From here on all calls are the real ones and no task runs any more: destructors that come later
 * would otherwise wake what is to be dropped.
 */
__attribute__((destructor)) static void library_close(void)
{
    struct summary summary;
    fork_guard_check();
    if (mode_is_confined())
        return;
    summary_take(&summary);
    summary_print(&summary);
    host_end();
    mode_remove(MODE_LOG | MODE_TASKS);
    close_log(&summary, NULL);
    this_thread.passing = true;
    live_close();
}

void end_notice_child(void)
{
    if (!thread_has_variables() || *fork_guard_page || mode_is_confined() || !config.trace_dir[0])
        return;
    bool in_handler = thread_in_handler(&this_thread) || thread_on_alternate(&this_thread);
    if (!in_handler && clock_cpu_read(CLOCK_PROCESS_CPUTIME_ID) >= TRACE_COMPUTED_NS)
        fork_guard_check();
}

/*
 * A program that ends by _exit gets no summary, as its own buffers get no flush, but its trace says
 * that it ended by itself. A child that shares our memory (vfork) ends nothing of ours, and one
 * that has made no call and computed nothing yet has no trace.
 */
void end_note(const void *caller)
{
    struct summary summary;
    end_notice_child();
    if (fork_guard_is_tripped())
        return;
    live_close();
    if (!log_on() || fork_guard_is_vfork_child())
        return;
    summary_take(&summary);
    mode_remove(MODE_LOG);
    close_log(&summary, caller);
}

void end_note_quick(void)
{
    end_note(NULL);
}
