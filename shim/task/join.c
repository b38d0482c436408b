#include "task/join.h"

#include "sys/clock.h"
#include "sys/futex.h"
#include "task/task_pool.h"

#include <errno.h>
#include <limits.h>

/* Who waits: a task, or a thread that has no scheduler. On the waiter's stack. */
struct joiner {
    struct task *task;
    uint32_t done; /* atomic, and the futex of a thread */
};

static bool is_joiner(const struct joiner *joiner)
{
    return joiner > JOIN_TAKEN;
}

void join_finish(struct task *task, struct joiner *how)
{
    struct joiner *joiner = __atomic_exchange_n(&task->joiner, how, __ATOMIC_ACQ_REL);
    if (!is_joiner(joiner))
        return;
    /* From the moment that `done` is set the joiner may be gone; a futex is only an address. */
    struct task *waiter = joiner->task;
    uint32_t *done = &joiner->done;
    __atomic_store_n(done, 1, __ATOMIC_RELEASE);
    if (!waiter)
        futex_wake(done, INT_MAX);
    else if (waiter->scheduler == this_thread.scheduler)
        task_wake(waiter, WOKEN);
    else
        task_wake_remote(waiter);
}

static void wait_until_done(struct joiner *joiner)
{
    while (!__atomic_load_n(&joiner->done, __ATOMIC_ACQUIRE)) {
        if (joiner->task)
            task_park(joiner->task, CLOCK_NEVER, INTERRUPT_NEVER, "task");
        else
            futex_wait(&joiner->done, 0, NULL);
    }
}

static int take(struct task *task, void **result)
{
    struct joiner *how = __atomic_load_n(&task->joiner, __ATOMIC_ACQUIRE);
    if (how != JOIN_FINISHED && how != JOIN_DROPPED)
        return EINVAL;
    if (!__atomic_compare_exchange_n(&task->joiner, &how, JOIN_TAKEN, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return EINVAL;
    if (how == JOIN_FINISHED && result)
        *result = task->result;
    task_pool_put(task);
    return how == JOIN_FINISHED ? 0 : EINVAL;
}

int join_wait(struct task *task, void **result)
{
    struct scheduler *scheduler = this_thread.scheduler;
    struct joiner me = {scheduler ? scheduler->current : NULL, 0}, *nobody = NULL;
    if (me.task == task)
        return EDEADLK;
    if (__atomic_compare_exchange_n(&task->joiner, &nobody, &me, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
        wait_until_done(&me);
    return take(task, result);
}
