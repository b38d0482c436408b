#include "host/host.h"

#include "task/task.h"

#include <stdbool.h>

static bool has_native_tasks(const struct thread *thread)
{
    return thread->scheduler && thread->scheduler->live_count;
}

const struct host *host_current(struct thread *thread)
{
    return has_native_tasks(thread) ? &host_native : NULL;
}
