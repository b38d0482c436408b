#include "host/host.h"

#include "host/greenlet.h"
#include "task/task.h"

const struct host *host_current(struct thread *thread)
{
    if (task_thread_has_others(thread))
        return &host_native;
    return thread->has_loop ? &host_greenlet : NULL;
}
