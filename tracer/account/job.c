#include "account/job.h"

#include "account/slots.h"
#include "model/call.h"
#include "model/process.h"
#include "model/site.h"
#include "model/thread.h"

/* Of a thread. */
struct job {
    uint64_t gave;       /* ns: when it wrote or let somebody go last, if it is a main thread */
    uint64_t was_given;  /* ns: the same of those of its process's ancestors, while it asked for its
                            job; 0: they did nothing */
    uint64_t asks_since; /* ns; 0: it does not ask for one */
    int source;          /* the descriptor that it reads them from, */
    bool has_source;     /* if that is known */
};

static struct job *job_of(struct thread *thread)
{
    return kept_of(&thread->kept, SLOT_JOB);
}

/* A server of forks may stand in between. */
static uint64_t ancestors_gave(const struct process *process)
{
    uint64_t last = 0;
    while ((process = process->parent)) {
        uint64_t gave = process->main ? job_of(process->main)->gave : 0;
        last = gave > last ? gave : last;
    }
    return last;
}

/* It has asked for a job since then, and what was given meanwhile may be it. What was given before
 * has not been waited for. */
static void ask(struct job *job, const struct process *process, uint64_t since)
{
    if (!job->asks_since)
        job->asks_since = since;
    uint64_t gave = ancestors_gave(process);
    if (gave >= job->asks_since)
        job->was_given = gave;
}

/* A job is read in two parts, of which the second begins when it was given. */
void job_begin_call(const struct call *call, uint64_t time)
{
    struct thread *thread = call->task->thread;
    if (thread->number)
        return;
    struct job *job = job_of(thread);
    if (call->kind.kind == KIND_WRITE) {
        job->gave = time;
        job->asks_since = 0;
    } else if (call->kind.kind == KIND_READ && job->has_source && call->record.fd == job->source) {
        ask(job, thread->process, time);
    }
}

/* From where a worker reads its jobs shows when it waits for one, or for who does so. */
void job_wait(const struct call *call)
{
    struct thread *thread = call->task->thread;
    if (thread->number || !call->site ||
        !site_is_below_python(call->site, "/multiprocessing/queues.py", "get"))
        return;
    struct job *job = job_of(thread);
    if (call->kind.kind == KIND_READ) {
        job->has_source = true;
        job->source = call->record.fd;
    }
    ask(job, thread->process, call->record.head.time);
}

void job_give(struct thread *thread, uint64_t time)
{
    job_of(thread)->gave = time;
}

void job_start(struct thread *thread)
{
    job_of(thread)->asks_since = 0;
}

uint64_t job_was_given(struct thread *thread)
{
    return job_of(thread)->was_given;
}

void jobs_begin(struct jobs *jobs)
{
    *jobs = (struct jobs){.listener = {
                              .keeps = {SLOT_JOB, .thread = sizeof(struct job)},
                          }};
}
