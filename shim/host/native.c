/*
 * The native host: parks greq's own tasks, and the thread's main flow among them.
 */
#include "host/host.h"

#include "host/refusal.h"
#include "sys/clock.h"
#include "task/helper.h"
#include "task/task.h"

#include <errno.h>

static const enum interruption interruptions[] = {
    [HOST_INTERRUPT_NO_RESTART] = INTERRUPT_NO_RESTART,
    [HOST_INTERRUPT_ALWAYS] = INTERRUPT_ALWAYS,
    [HOST_INTERRUPT_NEVER] = INTERRUPT_NEVER,
};

static int native_wait(struct thread *thread, const struct pollfd *set, size_t count,
                       uint64_t deadline, enum host_interruption interruption)
{
    int reason = fd_wait(task_current(thread), set, count, deadline, interruptions[interruption]);
    return reason == ENOTSUP ? refuse(thread, TRACE_REFUSAL_FAILED, NULL) : reason;
}

static int native_run(struct thread *thread, struct job *job)
{
    struct task *task = task_current(thread);
    if (helper_start(job, task) != 0)
        return refuse(thread, TRACE_REFUSAL_FAILED, NULL);
    while (!job_is_done(job))
        task_park(task, CLOCK_NEVER, INTERRUPT_NEVER, "helper thread");
    return 0;
}

const struct host host_native = {"native", native_wait, native_run, NULL};
