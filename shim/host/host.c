#include "host/host.h"

#include "host/refusal.h"
#include "real/real.h"
#include "sys/clock.h"
#include "sys/mode.h"
#include "task/helper.h"
#include "unwind/unwind.h"

static const struct host *const hosts[] = {
#define HOST(name) &host_##name,
#include "host/hosts.def"
};
enum { HOSTS = sizeof hosts / sizeof *hosts };

void host_adopt(struct thread *thread, const struct host *host)
{
    if (!thread->host)
        thread->host = host;
    mode_add(MODE_TASKS);
}

const struct host *host_current(const struct thread *thread)
{
    const struct host *host = thread->host;
    if (host_native.has_others(thread))
        return &host_native;
    return host && host->has_others && !host->has_others(thread) ? NULL : host;
}

/* The number is asked for again each time: a forked child has another one. The pause is for a
 * program that closed it behind our back. */
enum wake host_run_by_waiting(const struct host *host, struct thread *thread, struct job *job)
{
    enum wake wake = WAKE_RETRY;
    if (helper_start(job, NULL) != 0)
        return refuse(thread, TRACE_REFUSAL_FAILED, NULL);
    while (!wake_error(wake) && !job_is_done(job)) {
        struct pollfd notified = {job->notifier.fd, POLLIN, 0};
        wake = host->wait(thread, &notified, 1, clock_after(NS_PER_SECOND), INTERRUPT_NO_RESTART);
        if (wake == WAKE_NO_HOST)
            REAL(poll)(&notified, 1, -1);
    }
    return wake_error(wake) ? wake : WAKE_RETRY;
}

void host_note_loop(struct thread *thread, const void *caller)
{
    for (int i = 0; i < HOSTS; i++)
        if (hosts[i]->note_loop)
            hosts[i]->note_loop(thread, caller);
}

void host_closing(unsigned first, unsigned last)
{
    for (int i = 0; i < HOSTS; i++)
        if (hosts[i]->closing)
            hosts[i]->closing(first, last);
}

void host_closed(unsigned first, unsigned last)
{
    for (int i = 0; i < HOSTS; i++)
        if (hosts[i]->closed)
            hosts[i]->closed(first, last);
}

bool host_keeps_thread(const struct thread *thread, const void *caller)
{
    bool keeps = false;
    for (int i = 0; i < HOSTS; i++)
        keeps |= hosts[i]->keeps_thread && hosts[i]->keeps_thread(thread, caller);
    return keeps;
}

void host_end(void)
{
    for (int i = 0; i < HOSTS; i++)
        if (hosts[i]->end)
            hosts[i]->end();
}

void host_each(void (*visit)(const struct host *host, void *data), void *data)
{
    for (int i = 0; i < HOSTS; i++)
        visit(hosts[i], data);
}

static bool begins_stacks(const char *path)
{
    bool begins = false;
    for (int i = 0; i < HOSTS; i++)
        begins |= hosts[i]->begins_stacks && hosts[i]->begins_stacks(path);
    return begins;
}

void host_open(void)
{
    unwind_begins_in = begins_stacks;
    for (int i = 0; i < HOSTS; i++)
        if (hosts[i]->begin)
            hosts[i]->begin();
}
