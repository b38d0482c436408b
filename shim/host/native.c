/*
 * The native host: parks greq's own tasks, and the thread's main flow among them.
 */
#include "host/host.h"

#include "task/fd_wait.h"
#include "task/helper.h"
#include "task/task.h"

#include <errno.h>

static int native_wait(struct thread *thread, const struct pollfd *set, size_t count,
                       uint64_t deadline, enum host_interruption interruption)
{
    return fd_wait(thread->scheduler->current, set, count, deadline,
                   interruption == HOST_INTERRUPT_ALWAYS ? INTERRUPT_ALWAYS : INTERRUPT_NO_RESTART);
}

/* A job as helper threads know it. */
struct native_job {
    struct helper_job helper;
    struct job *job;
};

static void run_job(struct helper_job *helper)
{
    struct job *job = ((struct native_job *)helper)->job;
    job->run(job);
}

static int native_run(struct thread *thread, struct job *job)
{
    struct native_job native = {.helper.run = run_job, .job = job};
    return helper_run(thread->scheduler->current, &native.helper);
}

const struct host host_native = {"native", native_wait, native_run};
