/*
 * The end of a process: by exit, after the program's own handlers, or by _exit, which runs none.
 */
#include "life/end.h"

#include "call/call.h"
#include "host/host.h"
#include "host/refusal.h"
#include "life/summary.h"
#include "log/live.h"

static void log_refusals(void)
{
    for (int i = 1; i < TRACE_REFUSAL_COUNT; i++) {
        uint64_t count = refusal_count((enum trace_refusal)i);
        if (count)
            log_count(refusal_name((enum trace_refusal)i), count);
    }
}

/* The calling thread's end is recorded only where it is not in the middle of a record. */
static bool is_between_calls(struct thread *thread)
{
    return !thread_on_alternate(thread) && !call_in_handler(thread) &&
           !thread_strand(thread)->outermost.at;
}

static void close_log(const struct summary *summary)
{
    log_refusals();
    log_process_end(summary->tasks.tasks, summary->tasks.dropped);
    if (is_between_calls(&this_thread))
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
    close_log(&summary);
    this_thread.passing = true;
    live_close();
}

/*
 * A program that ends by _exit gets no summary, as its own buffers get no flush, but its trace says
 * that it ended by itself. A child that shares our memory (vfork) ends nothing of ours, and one
 * that has made no call yet has no trace.
 */
void end_note(void)
{
    struct summary summary;
    live_close();
    if (!log_on() || fork_guard_is_vfork_child())
        return;
    summary_take(&summary);
    mode_remove(MODE_LOG);
    close_log(&summary);
}
