#include "task/join.h"

#include "sys/check.h"
#include "sys/clock.h"
#include "sys/futex.h"
#include "task/internal.h"

#include <errno.h>
#include <limits.h>

static bool is_joiner(const struct joiner *joiner)
{
    return joiner > JOIN_TAKEN;
}

/* A joiner of a task lies in its record, which stays; that of a thread is there until `done` is
 * set. */
void join_finish(struct task *task, struct joiner *how)
{
    struct joiner *joiner = __atomic_exchange_n(&task->joiner, how, __ATOMIC_SEQ_CST);
    CHECK(!joiner || is_joiner(joiner)); /* it ends once */
    if (!is_joiner(joiner))
        return;
    struct task *waiter = joiner->task;
    if (!waiter) {
        uint32_t *done = &joiner->done;
        __atomic_store_n(done, 1, __ATOMIC_RELEASE);
        futex_wake(done, INT_MAX);
    } else if (waiter->scheduler == this_thread.scheduler) {
        task_wake(waiter, WAKE_RETRY);
    } else {
        task_wake_remote(waiter);
    }
}

void join_withdraw(struct task *task)
{
    struct joiner *mine = &task->joining;
    if (mine->awaited)
        __atomic_compare_exchange_n(&mine->awaited->joiner, &mine, NULL, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_RELAXED);
    task->joining.awaited = NULL;
}

/* Makes `me` the one who waits. Returns false when the task has ended, or somebody else waits. */
static bool announce(struct task *task, struct joiner *me)
{
    struct joiner *nobody = NULL;
    return __atomic_compare_exchange_n(&task->joiner, &nobody, me, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_ACQUIRE);
}

static void wait_as_task(struct task *task, struct task *waiter)
{
    struct joiner *me = &waiter->joining;
    me->task = waiter;
    me->awaited = task;
    if (announce(task, me))
        while (__atomic_load_n(&task->joiner, __ATOMIC_SEQ_CST) == me)
            task_park(waiter, CLOCK_NEVER, INTERRUPT_NEVER, "task");
    me->awaited = NULL;
}

static void wait_as_thread(struct task *task)
{
    struct joiner me = {0};
    if (announce(task, &me))
        while (!__atomic_load_n(&me.done, __ATOMIC_ACQUIRE))
            futex_wait(&me.done, 0, NULL);
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
    task_pool_put(&task->scheduler->pool, task);
    return how == JOIN_FINISHED ? 0 : EINVAL;
}

int join_wait(struct task *task, void **result)
{
    struct scheduler *scheduler = this_thread.scheduler;
    if (scheduler && scheduler->current == task)
        return EDEADLK;
    /* At the end of a thread or of the process no task runs any more: what is not finished never
     * is. */
    if (scheduler && !this_thread.passing)
        wait_as_task(task, scheduler->current);
    else if (!this_thread.passing)
        wait_as_thread(task);
    return take(task, result);
}
