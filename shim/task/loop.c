#include "task/loop.h"

#include "log/log.h"
#include "sys/clock.h"
#include "sys/fork_guard.h"
#include "task/fd_standing.h"
#include "task/internal.h"

#include <errno.h>

/* Timers, other threads and descriptors are looked at after this many switches even while tasks are
 * ready. */
#define SWITCHES_BETWEEN_LOOKS 64

void loop_clear(struct scheduler *scheduler)
{
    scheduler->ready_first = NULL;
}

/* ---- what makes tasks ready ---- */

static void expire_timers(struct scheduler *scheduler)
{
    struct timer *first = timers_first(&scheduler->timers);
    if (!first)
        return;
    uint64_t now = clock_now();
    for (; first && first->deadline <= now; first = timers_first(&scheduler->timers)) {
        struct task *task = (struct task *)((char *)first - offsetof(struct task, timer));
        timers_remove(&scheduler->timers, first);
        task_wake(task, WAKE_TIMED_OUT);
    }
}

static void drain_remote(struct scheduler *scheduler)
{
    if (!__atomic_load_n(&scheduler->remote, __ATOMIC_RELAXED))
        return;
    struct task *next, *task = __atomic_exchange_n(&scheduler->remote, NULL, __ATOMIC_ACQUIRE);
    for (; task; task = next) {
        next = task->next_remote;
        /* Who finds it set relies on this wake: what he has done must be visible after it. */
        (void)__atomic_exchange_n(&task->in_remote, false, __ATOMIC_SEQ_CST);
        task_wake(task, WAKE_RETRY);
    }
}

/* signal(7): which handlers end which waits of the thread. Other tasks' waits go on. */
static void interrupt_main(struct scheduler *scheduler)
{
    struct task *main = &scheduler->main;
    const struct thread *thread = scheduler->thread;
    uint32_t handlers = thread->signals.all - thread->self.signals.all;
    if (task_state(main) != TASK_PARKED || !handlers || main->interruption == INTERRUPT_NEVER)
        return;
    if (main->interruption == INTERRUPT_NO_RESTART)
        handlers -= thread->signals.restart - thread->self.signals.restart;
    if (handlers)
        task_wake(main, WAKE_SIGNALLED);
    else if (scheduler->deferred_count)
        task_wake(main, WAKE_RETRY);
}

/* How often the first deadline is looked at where the program's time is not the kernel's. */
#define ALTERED_LOOK (5 * NS_PER_MS)

static uint64_t time_to_first_timer(struct scheduler *scheduler)
{
    struct timer *first = timers_first(&scheduler->timers);
    if (!first)
        return CLOCK_NEVER;
    uint64_t now = clock_now();
    return first->deadline > now ? first->deadline - now : 0;
}

static uint64_t time_to_sleep(struct scheduler *scheduler)
{
    if (scheduler->ready_first)
        return 0;
    uint64_t timer = time_to_first_timer(scheduler);
    if (clock_is_altered() && timer > ALTERED_LOOK && timer != CLOCK_NEVER)
        timer = ALTERED_LOOK;
    uint64_t patience = fd_standing_patience(&scheduler->fd_waits);
    return timer < patience ? timer : patience;
}

static int wait_in_poller(struct scheduler *scheduler, uint64_t timeout)
{
    struct log_idle idle;
    bool logged = timeout && log_on();
    if (logged)
        log_idle_begin(scheduler->thread, &idle);
    scheduler->sleeping = timeout != 0;
    int count = poller_wait(&scheduler->poller, timeout);
    scheduler->sleeping = false;
    /* A handler may have forked in there, and this be the child. */
    fork_guard_check();
    if (logged)
        log_idle_end(scheduler->thread, &idle);
    return count;
}

static void poll_descriptors(struct scheduler *scheduler)
{
    fd_waits_arm(scheduler);
    scheduler->until_look = SWITCHES_BETWEEN_LOOKS;
    int count = wait_in_poller(scheduler, time_to_sleep(scheduler));
    if (count < 0)
        fd_waits_rearm(scheduler);
    scheduler->found = count > 0 ? (unsigned)count : 0;
    for (int i = 0; i < count; i++)
        fd_waits_dispatch(scheduler, scheduler->poller.events[i].data.fd,
                          scheduler->poller.events[i].events);
    fd_standing_verify(scheduler);
}

static void gather_ready(struct scheduler *scheduler)
{
    drain_remote(scheduler);
    fd_waits_collect_closed(scheduler);
    expire_timers(scheduler);
    interrupt_main(scheduler);
}

/* ---- the choice ---- */

/* Whether those whom the last look at descriptors has found may still have their turn before them:
 * their descriptors would be reported again. Called at each look. */
static bool are_found_ready(struct scheduler *scheduler)
{
    bool more = scheduler->found > SWITCHES_BETWEEN_LOOKS;
    scheduler->found -= more ? SWITCHES_BETWEEN_LOOKS : scheduler->found;
    return more;
}

void loop_gather(struct scheduler *scheduler)
{
    if (scheduler->until_look == 0) {
        scheduler->until_look = SWITCHES_BETWEEN_LOOKS;
        gather_ready(scheduler);
        if (!are_found_ready(scheduler) && scheduler->ready_first)
            poll_descriptors(scheduler);
    }
    while (!scheduler->ready_first) {
        gather_ready(scheduler);
        if (!scheduler->ready_first)
            poll_descriptors(scheduler);
    }
}
