/*
 * The native host: parks greq's own tasks, and the thread's main flow among them.
 */
#include "host/host.h"

#include "host/refusal.h"
#include "sys/clock.h"
#include "task/helper.h"
#include "task/task.h"

static enum wake native_wait(struct thread *thread, const struct pollfd *set, size_t count,
                             uint64_t deadline, enum interruption interruption)
{
    enum wake wake = fd_wait(task_current(thread), set, count, deadline, interruption);
    return wake == WAKE_NO_HOST ? refuse(thread, TRACE_REFUSAL_FAILED, NULL) : wake;
}

static enum wake native_run(struct thread *thread, struct job *job)
{
    struct task *task = task_current(thread);
    if (helper_start(job, task) != 0)
        return refuse(thread, TRACE_REFUSAL_FAILED, NULL);
    while (!job_is_done(job))
        task_park(task, CLOCK_NEVER, INTERRUPT_NEVER, "helper thread");
    return WAKE_RETRY;
}

/* The error queue of OpenSSL is moved in the middle of a switch, and libcrypto has locks and
 * initialisers. */
static bool native_is_switching(const struct thread *thread)
{
    return !task_is_running(task_current(thread));
}

const struct host host_native = {
    .name = "native",
    .wait = native_wait,
    .run = native_run,
    .has_others = task_thread_has_others,
    .task = task_current,
    .is_switching = native_is_switching,
    .waits_for_ever = fd_waits_for_ever,
    .note_waits_for_ever = fd_note_waits_for_ever,
    .is_asked = fd_is_asked,
    .note_asked = fd_note_asked,
    .is_known_to_starter = true,
    .closing = fd_wait_closing,
    .closed = fd_wait_closed,
};
