/*
 * Schedulers: how a thread comes to have one, loses it, and what a forked child keeps.
 */
#include "sys/kernel.h"
#include "sys/mode.h"
#include "task/internal.h"
#include "task/layout.h"
#include "task/loop.h"
#include "task/sanitizer.h"
#include "task/stack.h"

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

static struct scheduler *all_schedulers;

struct scheduler *scheduler_first(void)
{
    return __atomic_load_n(&all_schedulers, __ATOMIC_ACQUIRE);
}

static void publish(struct scheduler *scheduler)
{
    scheduler->next = __atomic_load_n(&all_schedulers, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&all_schedulers, &scheduler->next, scheduler, true,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

/* Schedulers are never freed, since other threads iterate over them: one whose thread has ended is
 * used again. */
static struct scheduler *scheduler_allocate(void)
{
    for (struct scheduler *each = scheduler_first(); each; each = each->next) {
        int dead = SCHEDULER_DEAD;
        if (__atomic_compare_exchange_n(&each->state, &dead, SCHEDULER_STARTING, false,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return each;
    }
    struct scheduler *scheduler =
        FALLIBLE(mmap, MAP_FAILED, NULL, sizeof *scheduler, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (scheduler == MAP_FAILED)
        return NULL;
    scheduler->state = SCHEDULER_STARTING;
    publish(scheduler);
    return scheduler;
}

/* Wakes that nobody has seen, and nobody will: their tasks are gone, but not their records. */
static void forget_remote(struct scheduler *scheduler)
{
    struct task *next, *task = __atomic_exchange_n(&scheduler->remote, NULL, __ATOMIC_ACQUIRE);
    for (; task; task = next) {
        next = task->next_remote;
        __atomic_store_n(&task->in_remote, false, __ATOMIC_SEQ_CST);
    }
}

static bool scheduler_init(struct scheduler *scheduler, struct thread *thread)
{
    timers_free(&scheduler->timers);
    forget_remote(scheduler);
    memset(&scheduler->thread, 0, sizeof *scheduler - offsetof(struct scheduler, thread));
    scheduler->thread = thread;
    scheduler->current = &scheduler->main;
    scheduler->until_look = 1;
    scheduler->main.scheduler = scheduler;
    scheduler->main.strand = &thread->self;
    scheduler->main.belongings = &scheduler->main_belongings;
    task_set_state(&scheduler->main, TASK_RUNNING);
    if (__tsan_get_current_fiber)
        scheduler->main.tsan_fiber = __tsan_get_current_fiber();
    return fd_waits_init(&scheduler->fd_waits) && timers_reserve(&scheduler->timers, 1) &&
           poller_open(&scheduler->poller) == 0;
}

struct scheduler *scheduler_get(struct thread *thread)
{
    if (thread->scheduler)
        return thread->scheduler;
    struct scheduler *scheduler = scheduler_allocate();
    if (!scheduler)
        return NULL;
    bool usable = scheduler_init(scheduler, thread);
    __atomic_store_n(&scheduler->state, usable ? SCHEDULER_ALIVE : SCHEDULER_DEAD,
                     __ATOMIC_RELEASE);
    if (!usable)
        return NULL;
    thread->scheduler = scheduler;
    thread_watch_exit(thread);
    layout_tell(&all_schedulers);
    mode_add(MODE_TASKS);
    return scheduler;
}

void scheduler_leave(struct thread *thread)
{
    struct scheduler *scheduler = thread->scheduler;
    if (!scheduler)
        return;
    /* It may have ended within a task, whose strand goes with its stack. */
    thread->strand = &thread->self;
    while (scheduler->live)
        task_drop(scheduler->live);
    __atomic_store_n(&scheduler->state, SCHEDULER_STARTING, __ATOMIC_RELEASE);
    poller_close(&scheduler->poller);
    thread->scheduler = NULL;
    __atomic_store_n(&scheduler->state, SCHEDULER_DEAD, __ATOMIC_RELEASE);
}

struct task_totals task_totals(void)
{
    struct task_totals totals = {0};
    for (struct scheduler *each = scheduler_first(); each; each = each->next) {
        totals.tasks += (uint32_t)each->counts.spawned;
        totals.dropped += each->live_count;
        totals.parks += each->counts.parks;
        if (each->counts.parked_most > totals.most)
            totals.most = each->counts.parked_most;
    }
    return totals;
}

/* The threads of the others are not in this process; nor are the descriptors, which it must not
 * share with its parent. */
static void forget_other_schedulers(const struct scheduler *mine)
{
    for (struct scheduler *each = scheduler_first(); each; each = each->next) {
        if (each == mine)
            continue;
        if (each->state != SCHEDULER_STARTING)
            poller_discard(&each->poller);
        forget_remote(each);
        memset(&each->counts, 0, sizeof each->counts);
        each->live_count = 0;
        each->state = SCHEDULER_DEAD;
    }
}

static void drop_other_tasks(struct scheduler *scheduler)
{
    for (struct task *next, *task = scheduler->live; task; task = next) {
        next = task->next_live;
        if (task != scheduler->current)
            task_drop(task);
    }
    loop_clear(scheduler);
    if (task_state(&scheduler->main) == TASK_READY)
        loop_add(scheduler, &scheduler->main);
}

void scheduler_after_fork(struct thread *thread)
{
    struct scheduler *scheduler = thread->scheduler;
    stack_after_fork();
    forget_other_schedulers(scheduler);
    if (!scheduler)
        return;
    poller_discard(&scheduler->poller);
    poller_open(&scheduler->poller);
    forget_remote(scheduler);
    /* The thread that was about to wake one of these two may not be here. */
    scheduler->main.in_remote = scheduler->current->in_remote = false;
    drop_other_tasks(scheduler);
    memset(&scheduler->counts, 0, sizeof scheduler->counts);
    scheduler->deferred_count = 0;
    fd_waits_rearm(scheduler);
    /* Whoever was to wake it, a helper thread with its job perhaps, is not here: it must look for
     * itself. */
    task_wake(&scheduler->main, WAKE_RETRY);
}

/* ---- signals ---- */

bool scheduler_defer_signal(struct scheduler *scheduler, signal_deliver *deliver, unsigned entry,
                            int number, const siginfo_t *info)
{
    struct task *main = &scheduler->main;
    if (!scheduler->sleeping || task_state(main) != TASK_PARKED ||
        main->interruption == INTERRUPT_NEVER || scheduler->deferred_count == MAX_DEFERRED_SIGNALS)
        return false;
    struct deferred_signal *signal = &scheduler->deferred[scheduler->deferred_count++];
    signal->deliver = deliver;
    signal->entry = entry;
    signal->number = number;
    if (info)
        signal->info = *info;
    return true;
}

/* The loop may be on its way into the poller: a call makes it look once more. */
void scheduler_note_signal(struct scheduler *scheduler)
{
    if (task_state(&scheduler->main) == TASK_PARKED &&
        scheduler->main.interruption != INTERRUPT_NEVER)
        poller_call(&scheduler->poller);
}
