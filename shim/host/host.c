#include "host/host.h"

#include "unwind/unwind.h"

static const struct host *const hosts[] = {
#define HOST(name) &host_##name,
#include "host/hosts.def"
};
enum { HOSTS = sizeof hosts / sizeof *hosts };

const struct host *host_current(const struct thread *thread)
{
    return host_native.has_others(thread) ? &host_native : thread->host;
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
