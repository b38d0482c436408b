/*
 * The scheduler of a thread. In this order: the run queue, what makes tasks ready, the choice of
 * the next task, the switch, parking and waking, a task's life, the scheduler's life.
 */
#include "config/config.h"
#include "log/log.h"
#include "real/openssl.h"
#include "sys/clock.h"
#include "sys/mode.h"
#include "task/context.h"
#include "task/join.h"
#include "task/sanitizer.h"
#include "task/stack.h"
#include "task/task.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Descriptors are looked at after this many switches even while tasks are ready. */
#define SWITCHES_BETWEEN_POLLS 64

/* The C++ runtime's exceptions in flight, two words per thread; absent in C programs. */
__attribute__((weak)) void *__cxa_get_globals(void);

static struct scheduler *all_schedulers;
static uint32_t last_task;

/* ---- the run queue ---- */

static void queue_ready(struct scheduler *scheduler, struct task *task)
{
    task_set_state(task, TASK_READY);
    task->next = NULL;
    if (scheduler->ready_first)
        scheduler->ready_last->next = task;
    else
        scheduler->ready_first = task;
    scheduler->ready_last = task;
}

static struct task *take_ready(struct scheduler *scheduler)
{
    struct task *task = scheduler->ready_first;
    if (task)
        scheduler->ready_first = task->next;
    return task;
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
        task_wake(task, ETIMEDOUT);
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
        task_wake(task, WOKEN);
    }
}

/* signal(7): which handlers end which waits of the thread. Other tasks' waits go on. */
static void interrupt_main(struct scheduler *scheduler)
{
    struct task *main = &scheduler->main;
    uint32_t handlers = scheduler->thread->signals - main->signals_seen;
    if (task_state(main) != TASK_PARKED || !handlers || main->interruption == INTERRUPT_NEVER)
        return;
    if (main->interruption == INTERRUPT_NO_RESTART)
        handlers -= scheduler->thread->signals_restart - main->restarts_seen;
    if (handlers)
        task_wake(main, EINTR);
    else if (scheduler->deferred_count)
        task_wake(main, WOKEN);
}

static uint64_t time_to_first_timer(struct scheduler *scheduler)
{
    struct timer *first = timers_first(&scheduler->timers);
    if (!first)
        return CLOCK_NEVER;
    uint64_t now = clock_now();
    return first->deadline > now ? first->deadline - now : 0;
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
    if (logged)
        log_idle_end(scheduler->thread, &idle);
    return count;
}

static void poll_descriptors(struct scheduler *scheduler)
{
    fd_waits_arm(scheduler);
    uint64_t timeout = scheduler->ready_first ? 0 : time_to_first_timer(scheduler);
    int count = wait_in_poller(scheduler, timeout);
    if (count < 0)
        fd_waits_rearm(scheduler);
    for (int i = 0; i < count; i++)
        fd_waits_dispatch(scheduler, &scheduler->poller.events[i]);
}

static void gather_ready(struct scheduler *scheduler)
{
    drain_remote(scheduler);
    fd_waits_collect_closed(scheduler);
    expire_timers(scheduler);
    interrupt_main(scheduler);
}

/* ---- the choice ---- */

static struct task *next_task(struct scheduler *scheduler)
{
    if (--scheduler->until_poll == 0) {
        scheduler->until_poll = SWITCHES_BETWEEN_POLLS;
        gather_ready(scheduler);
        if (scheduler->ready_first)
            poll_descriptors(scheduler);
    }
    while (!scheduler->ready_first) {
        gather_ready(scheduler);
        if (!scheduler->ready_first)
            poll_descriptors(scheduler);
    }
    return take_ready(scheduler);
}

/* ---- the switch ---- */

static void save_thread_state(struct task *task)
{
    uint64_t *globals = task->scheduler->cxx_globals;
    task->saved_errno = errno;
    task->openssl_errors = openssl_errors_take();
    if (globals) {
        memcpy(task->cxx_globals, globals, sizeof task->cxx_globals);
        memset(globals, 0, sizeof task->cxx_globals);
    }
}

static void restore_thread_state(struct task *task)
{
    if (task->scheduler->cxx_globals)
        memcpy(task->scheduler->cxx_globals, task->cxx_globals, sizeof task->cxx_globals);
    if (task->openssl_errors)
        openssl_errors_put(task->openssl_errors);
    task->openssl_errors = NULL;
    errno = task->saved_errno;
}

/* `fake_stack`: where ASan keeps what it needs to come back, NULL when nobody will. */
static void leave_stack(const struct task *to, void **fake_stack)
{
    if (__tsan_switch_to_fiber)
        __tsan_switch_to_fiber(to->tsan_fiber, 0);
    if (__sanitizer_start_switch_fiber)
        __sanitizer_start_switch_fiber(fake_stack, to->stack_bottom, to->stack_size);
}

static void arrive_on_stack(struct scheduler *scheduler, void *fake_stack)
{
    const void *bottom;
    size_t size;
    if (!__sanitizer_finish_switch_fiber)
        return;
    /* Tells where the stack is that was left: the only way to learn it of the thread's own. */
    __sanitizer_finish_switch_fiber(fake_stack, &bottom, &size);
    if (scheduler->left == &scheduler->main) {
        scheduler->main.stack_bottom = bottom;
        scheduler->main.stack_size = size;
    }
}

static void release_remains(struct scheduler *scheduler)
{
    struct remains *remains = &scheduler->remains;
    if (!remains->stack)
        return;
    if (__tsan_destroy_fiber)
        __tsan_destroy_fiber(remains->tsan_fiber);
    stack_put(remains->stack);
    remains->stack = NULL;
}

static void set_current(struct scheduler *scheduler, struct task *to)
{
    scheduler->left = scheduler->current;
    scheduler->current = to;
    task_set_state(to, TASK_RUNNING);
    scheduler->thread->strand = to == &scheduler->main ? &scheduler->thread->self : &to->strand;
}

static void switch_to(struct scheduler *scheduler, struct task *to)
{
    struct task *from = scheduler->current;
    void *fake_stack = NULL;
    if (to == from) {
        task_set_state(to, TASK_RUNNING);
        return;
    }
    save_thread_state(from);
    set_current(scheduler, to);
    leave_stack(to, &fake_stack);
    context_switch(&from->stack_pointer, to->stack_pointer);
    arrive_on_stack(scheduler, fake_stack);
    release_remains(scheduler);
    restore_thread_state(from);
}

/* Leaves the current task's stack for ever. */
static _Noreturn void switch_away(struct scheduler *scheduler, struct task *to)
{
    set_current(scheduler, to);
    leave_stack(to, NULL);
    context_switch(&scheduler->remains.stack_pointer, to->stack_pointer);
    __builtin_unreachable();
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
static void deliver_signals(struct scheduler *scheduler)
{
    fd_waits_drop(&scheduler->main);
    while (scheduler->deferred_count) {
        struct deferred_signal signal = scheduler->deferred[0];
        scheduler->deferred_count--;
        memmove(&scheduler->deferred[0], &scheduler->deferred[1],
                scheduler->deferred_count * sizeof signal);
        signal.deliver(signal.number, &signal.info);
    }
}

int task_park(struct task *task, uint64_t deadline, enum interruption interruption,
              const char *waits_for)
{
    struct scheduler *scheduler = task->scheduler;
    task_set_state(task, TASK_PARKED);
    task->waits_for = waits_for;
    task->interruption = (uint8_t)interruption;
    task->signals_seen = scheduler->thread->signals;
    task->restarts_seen = scheduler->thread->signals_restart;
    if (deadline != CLOCK_NEVER)
        timers_add(&scheduler->timers, &task->timer, deadline);
    count_park(scheduler, task);
    switch_to(scheduler, next_task(scheduler));
    timers_remove(&scheduler->timers, &task->timer);
    if (task == &scheduler->main)
        deliver_signals(scheduler);
    else
        scheduler->counts.parked_now--;
    return task->wake_reason;
}

void task_wake(struct task *task, int reason)
{
    if (task_state(task) != TASK_PARKED)
        return;
    task->wake_reason = reason;
    queue_ready(task->scheduler, task);
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
    queue_ready(scheduler, scheduler->current);
    switch_to(scheduler, next_task(scheduler));
}

bool scheduler_defer_signal(struct scheduler *scheduler, int number, const siginfo_t *info,
                            void (*deliver)(int number, siginfo_t *info))
{
    struct task *main = &scheduler->main;
    if (!scheduler->sleeping || task_state(main) != TASK_PARKED ||
        main->interruption == INTERRUPT_NEVER || scheduler->deferred_count == MAX_DEFERRED_SIGNALS)
        return false;
    struct deferred_signal *signal = &scheduler->deferred[scheduler->deferred_count++];
    signal->deliver = deliver;
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

/* ---- a task's life ---- */

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
    if (log_on())
        log_task_end(scheduler->thread, task->strand.task);
    live_remove(task);
    openssl_errors_clear();
    free(task->strand.host_result);
    scheduler->remains = (struct remains){task->stack, task->tsan_fiber, NULL};
    task->stack = NULL;
    task_set_state(task, TASK_FINISHED);
    join_finish(task, JOIN_FINISHED);
}

/* The first and last frame of every task. */
static void task_main(void *argument)
{
    struct task *task = argument;
    struct scheduler *scheduler = task->scheduler;
    arrive_on_stack(scheduler, NULL);
    release_remains(scheduler);
    restore_thread_state(task);
    task->result = task->function(task->argument);
    task_finish(scheduler, task);
    switch_away(scheduler, next_task(scheduler));
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
    task->strand.task = __atomic_add_fetch(&last_task, 1, __ATOMIC_RELAXED);
    task->function = function;
    task->argument = argument;
    task->stack = stack;
    task->stack_bottom = stack_bottom(stack);
    task->stack_size = stack_usable(stack);
    task->stack_pointer = context_prepare(stack_top(stack), task_main, task);
    if (__tsan_create_fiber)
        task->tsan_fiber = __tsan_create_fiber(0);
    live_add(scheduler, task);
    queue_ready(scheduler, task);
    scheduler->counts.spawned++;
    if (log_on())
        log_task_start(scheduler->thread, task->strand.task, function);
    return task;
}

/* Its stack goes, and whatever lies on it, without running any more. */
static void task_drop(struct task *task)
{
    fd_waits_drop(task);
    timers_remove(&task->scheduler->timers, &task->timer);
    live_remove(task);
    openssl_errors_free(task->openssl_errors);
    free(task->strand.host_result);
    join_withdraw(task);
    task_set_state(task, TASK_FINISHED);
    if (!task->stack_lent)
        stack_put(task->stack);
    task->stack = NULL;
    join_finish(task, JOIN_DROPPED);
}

/* ---- the scheduler's life ---- */

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
        mmap(NULL, sizeof *scheduler, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (scheduler == MAP_FAILED)
        return NULL;
    scheduler->state = SCHEDULER_STARTING;
    publish(scheduler);
    return scheduler;
}

static bool scheduler_init(struct scheduler *scheduler, struct thread *thread)
{
    struct fd_slot *slots = scheduler->fd_waits.slots;
    timers_free(&scheduler->timers);
    memset(&scheduler->thread, 0, sizeof *scheduler - offsetof(struct scheduler, thread));
    scheduler->fd_waits.slots = slots;
    scheduler->thread = thread;
    scheduler->current = &scheduler->main;
    scheduler->until_poll = SWITCHES_BETWEEN_POLLS;
    scheduler->cxx_globals = __cxa_get_globals ? __cxa_get_globals() : NULL;
    scheduler->main.scheduler = scheduler;
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
    mode_add(MODE_TASKS);
    return scheduler;
}

void scheduler_leave(struct thread *thread)
{
    struct scheduler *scheduler = thread->scheduler;
    if (!scheduler)
        return;
    while (scheduler->live)
        task_drop(scheduler->live);
    __atomic_store_n(&scheduler->state, SCHEDULER_STARTING, __ATOMIC_RELEASE);
    poller_close(&scheduler->poller);
    thread->scheduler = NULL;
    thread->strand = &thread->self;
    __atomic_store_n(&scheduler->state, SCHEDULER_DEAD, __ATOMIC_RELEASE);
}

/* Wakes that other threads of the parent had sent: they go with those threads. */
static void forget_remote(struct scheduler *scheduler)
{
    struct task *next;
    for (struct task *task = scheduler->remote; task; task = next) {
        next = task->next_remote;
        task->in_remote = false;
    }
    scheduler->remote = NULL;
}

/* The threads of the others are not in this process; nor are the descriptors, which it must not
 * share with its parent. */
static void forget_other_schedulers(const struct scheduler *mine)
{
    for (struct scheduler *each = scheduler_first(); each; each = each->next) {
        if (each == mine)
            continue;
        if (each->state == SCHEDULER_ALIVE)
            poller_close(&each->poller);
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
    scheduler->ready_first = NULL;
    if (task_state(&scheduler->main) == TASK_READY)
        queue_ready(scheduler, &scheduler->main);
}

void scheduler_after_fork(struct thread *thread)
{
    struct scheduler *scheduler = thread->scheduler;
    stack_after_fork();
    forget_other_schedulers(scheduler);
    if (!scheduler)
        return;
    poller_close(&scheduler->poller);
    poller_open(&scheduler->poller);
    forget_remote(scheduler);
    drop_other_tasks(scheduler);
    memset(&scheduler->counts, 0, sizeof scheduler->counts);
    scheduler->deferred_count = 0;
    fd_waits_rearm(scheduler);
}
