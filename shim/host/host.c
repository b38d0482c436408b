#include "host/host.h"

#include "host/greenlet.h"
#include "task/task.h"

#include <stdbool.h>

static bool has_native_tasks(const struct thread *thread)
{
    return thread->scheduler && thread->scheduler->live_count;
}

const struct host *host_current(struct thread *thread)
{
    if (has_native_tasks(thread))
        return &host_native;
    return thread->has_loop ? &host_greenlet : NULL;
}
