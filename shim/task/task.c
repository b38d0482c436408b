/*
 * Tasks: parking and waking, and a task's life.
 */
#include "sys/check.h"
#include "task/internal.h"

#include "config/config.h"
#include "log/log.h"
#include "real/openssl.h"
#include "sys/clock.h"
#include "sys/fork_guard.h"
#include "task/context.h"
#include "task/join.h"
#include "task/loop.h"
#include "task/sanitizer.h"
#include "task/stack.h"
#include "task/switch.h"

#include <stdlib.h>
#include <string.h>

static uint32_t last_task;

/* ---- who runs ---- */

bool task_thread_has_others(const struct thread *thread)
{
    return thread->scheduler && thread->scheduler->live_count;
}

struct task *task_current(const struct thread *thread)
{
    return thread->scheduler->current;
}

bool task_is_running(const struct task *task)
{
    return task_state(task) == TASK_RUNNING;
}

uint16_t task_generation(const struct task *task)
{
    return task->generation;
}

bool task_is_over(const struct task *task, uint16_t generation)
{
    return task->generation != generation || task_state(task) == TASK_FREE ||
           task_state(task) == TASK_FINISHED;
}

/* ---- parking and waking ---- */

static void count_park(struct scheduler *scheduler, const struct task *task)
{
    if (task == &scheduler->main)
        return;
    scheduler->counts.parks++;
    if (++scheduler->counts.parked_now > scheduler->counts.parked_most)
        scheduler->counts.parked_most = scheduler->counts.parked_now;
}

/* The handlers that were deferred to the main task. One that does not return, but jumps out of the
 * call that waited, must leave nothing of that wait behind. */
static __attribute__((noinline)) void deliver_signals(struct scheduler *scheduler)
{
    fd_waits_drop(&scheduler->main);
    while (scheduler->deferred_count) {
        struct deferred_signal signal = scheduler->deferred[0];
        scheduler->deferred_count--;
        memmove(&scheduler->deferred[0], &scheduler->deferred[1],
                scheduler->deferred_count * sizeof signal);
        signal.deliver(signal.entry, signal.number, &signal.info);
    }
}

enum wake task_park(struct task *task, uint64_t deadline, enum interruption interruption,
                    const char *waits_for)
{
    struct scheduler *scheduler = task->scheduler;
    CHECK(scheduler == this_thread.scheduler && task == scheduler->current);
    task_set_state(task, TASK_PARKED);
    task->waits_for = waits_for;
    task->interruption = (uint8_t)interruption;
    if (deadline != CLOCK_NEVER)
        timers_add(&scheduler->timers, &task->timer, deadline);
    count_park(scheduler, task);
    switch_to(scheduler, loop_next(scheduler));
    timers_remove(&scheduler->timers, &task->timer);
    if (task == &scheduler->main)
        deliver_signals(scheduler);
    else
        scheduler->counts.parked_now--;
    return task->wake_reason;
}

void task_wake(struct task *task, enum wake reason)
{
    loop_wake(task->scheduler, task, reason);
}

void task_wake_remote(struct task *task)
{
    struct scheduler *scheduler = task->scheduler;
    if (__atomic_exchange_n(&task->in_remote, true, __ATOMIC_SEQ_CST))
        return;
    task->next_remote = __atomic_load_n(&scheduler->remote, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&scheduler->remote, &task->next_remote, task, true,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
    poller_call(&scheduler->poller);
}

void task_yield(struct scheduler *scheduler)
{
    loop_add(scheduler, scheduler->current);
    switch_to(scheduler, loop_next(scheduler));
}

/* ---- a task's life ---- */

static struct task_top *put_top(struct stack *stack)
{
    struct task_top *top = stack_top(stack);
    top = (struct task_top *)((uintptr_t)(top - 1) & ~(uintptr_t)15);
    *top = (struct task_top){0};
    return top;
}

/* The record outlives it. */
static void forget_stack(struct task *task)
{
    task->stack = NULL;
    task->strand = NULL;
    task->belongings = NULL;
}

static void live_add(struct scheduler *scheduler, struct task *task)
{
    task->previous_live = NULL;
    task->next_live = scheduler->live;
    if (task->next_live)
        task->next_live->previous_live = task;
    scheduler->live = task;
    scheduler->live_count++;
}

static void live_remove(struct task *task)
{
    struct scheduler *scheduler = task->scheduler;
    if (task->next_live)
        task->next_live->previous_live = task->previous_live;
    if (task->previous_live)
        task->previous_live->next_live = task->next_live;
    else
        scheduler->live = task->next_live;
    scheduler->live_count--;
}

static void task_finish(struct scheduler *scheduler, struct task *task)
{
    /* It may have forked, and this be the child: the others are the parent's. */
    fork_guard_check();
    if (log_on())
        log_task_end(scheduler->thread, task->number);
    live_remove(task);
    openssl_errors_clear();
    free(task->strand->host_result);
    scheduler->remains = (struct remains){task->stack, task->tsan_fiber, NULL};
    forget_stack(task);
    task_set_state(task, TASK_FINISHED);
    join_finish(task, JOIN_FINISHED);
}

/* The first and last frame of every task. */
static void task_main(void *argument)
{
    struct task *task = argument;
    struct scheduler *scheduler = task->scheduler;
    switch_arrive(scheduler);
    task->result = task->function(task->argument);
    task_finish(scheduler, task);
    switch_away(scheduler, loop_next(scheduler));
}

struct task *task_create(struct scheduler *scheduler, void *(*function)(void *), void *argument)
{
    if (!timers_reserve(&scheduler->timers, scheduler->live_count + 2))
        return NULL;
    struct stack *stack = stack_get(config.stack_size);
    struct task *task = stack ? task_pool_get(&scheduler->pool, scheduler) : NULL;
    if (!task) {
        if (stack)
            stack_put(stack);
        return NULL;
    }
    struct task_top *top = put_top(stack);
    task->strand = &top->strand;
    task->belongings = &top->belongings;
    task->number = __atomic_add_fetch(&last_task, 1, __ATOMIC_RELAXED);
    task->strand->task = task->number;
    task->function = function;
    task->argument = argument;
    task->stack = stack;
    task->stack_bottom = stack_bottom(stack);
    task->stack_size = stack_usable(stack);
    belongings_init(task->belongings);
    task->stack_pointer = context_prepare(top, task_main, task);
    if (__tsan_create_fiber)
        task->tsan_fiber = __tsan_create_fiber(0);
    live_add(scheduler, task);
    loop_add(scheduler, task);
    scheduler->counts.spawned++;
    if (log_on())
        log_task_start(scheduler->thread, task->number, function);
    return task;
}

void task_drop(struct task *task)
{
    fd_waits_drop(task);
    timers_remove(&task->scheduler->timers, &task->timer);
    live_remove(task);
    belongings_drop(task->belongings);
    free(task->strand->host_result);
    join_withdraw(task);
    task_set_state(task, TASK_FINISHED);
    stack_put(task->stack);
    forget_stack(task);
    join_finish(task, JOIN_DROPPED);
}
