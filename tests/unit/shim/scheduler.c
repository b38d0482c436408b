/*
 * The scheduler of a thread: order, fairness, time, what belongs to a task, and its end.
 */
#include "config/config.h"
#include "step.h"
#include "suite.h"
#include "sys/clock.h"
#include "task/join.h"
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define MS NS_PER_MS

/* What the tasks of a test leave, in the order of its happening. */
static char trail[256];

static void leave_mark(char mark)
{
    trail[strlen(trail)] = mark;
}

static void *mark_once(void *mark)
{
    leave_mark(*(char *)mark);
    return mark;
}

static char letters[] = "abcdefgh";

/* ---- order ---- */

START_TEST(tasks_start_in_the_order_of_their_making_and_not_before_a_wait)
{
    struct task *tasks[8];
    tasks_begin();
    for (int i = 0; i < 8; i++)
        tasks[i] = tasks_spawn(mark_once, &letters[i]);
    leave_mark('.');
    for (int i = 0; i < 8; i++)
        ck_assert_ptr_eq(tasks_join(tasks[i]), &letters[i]);
    ck_assert_str_eq(trail, ".abcdefgh");
    tasks_end();
}
END_TEST

static void *mark_and_yield(void *mark)
{
    for (int i = 0; i < 4; i++) {
        leave_mark(*(char *)mark);
        task_yield(this_thread.scheduler);
    }
    return NULL;
}

START_TEST(yield_lets_every_other_one_run_first)
{
    struct task *tasks[3];
    tasks_begin();
    for (int i = 0; i < 3; i++)
        tasks[i] = tasks_spawn(mark_and_yield, &letters[i]);
    for (int i = 0; i < 3; i++)
        tasks_join(tasks[i]);
    ck_assert_str_eq(trail, "abcabcabcabc");
    tasks_end();
}
END_TEST

START_TEST(yield_alone_returns_at_once)
{
    struct scheduler *scheduler = tasks_begin();
    for (int i = 0; i < 1000; i++)
        task_yield(scheduler);
    ck_assert_ptr_eq(tasks_self(), &scheduler->main);
    ck_assert_int_eq(scheduler->main.state, TASK_RUNNING);
    tasks_end();
}
END_TEST

static void *sleep_a_little(void *done)
{
    tasks_pause(1 * MS);
    *(bool *)done = true;
    return NULL;
}

/* Tasks that are always ready must not keep timers and descriptors from being looked at. */
START_TEST(tasks_that_only_yield_let_a_timer_through)
{
    static bool done;
    struct scheduler *scheduler = tasks_begin();
    struct task *sleeper = tasks_spawn(sleep_a_little, &done);
    uint64_t give_up = clock_after(10 * NS_PER_SECOND);
    while (!done && clock_now() < give_up)
        task_yield(scheduler);
    ck_assert(done);
    tasks_join(sleeper);
    tasks_end();
}
END_TEST

/* ---- parking and waking ---- */

static int reason_of_wake;

static void *park_for_ever(void *unused)
{
    reason_of_wake = task_park(tasks_self(), CLOCK_NEVER, INTERRUPT_ALWAYS, "test");
    return unused;
}

START_TEST(wake_tells_its_reason)
{
    tasks_begin();
    struct task *task = tasks_spawn(park_for_ever, NULL);
    tasks_settle();
    ck_assert_int_eq(task->state, TASK_PARKED);
    ck_assert_str_eq(task->waits_for, "test");
    task_wake(task, WAKE_CLOSED);
    task_wake(task, WAKE_TIMED_OUT); /* it is awake already */
    tasks_join(task);
    ck_assert_int_eq(reason_of_wake, WAKE_CLOSED);
    tasks_end();
}
END_TEST

START_TEST(deadline_wakes_not_before_its_time)
{
    static const uint64_t pauses[] = {0, 1, 100000, 1 * MS, 3 * MS, 20 * MS};
    tasks_begin();
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        uint64_t from = clock_now();
        ck_assert_int_eq(tasks_pause(pauses[i]), WAKE_TIMED_OUT);
        ck_assert_uint_ge(clock_now() - from, pauses[i]);
    }
    tasks_end();
}
END_TEST

struct pause {
    uint64_t ns;
    char mark;
};

static void *pause_and_mark(void *argument)
{
    const struct pause *pause = argument;
    tasks_pause(pause->ns);
    leave_mark(pause->mark);
    return NULL;
}

static void *mark_at(void *argument)
{
    const struct pause *deadline = argument;
    task_park(tasks_self(), deadline->ns, INTERRUPT_NEVER, "test");
    leave_mark(deadline->mark);
    return NULL;
}

START_TEST(deadlines_come_in_their_order)
{
    uint64_t now = clock_now();
    struct pause deadlines[] = {
        {now + 40 * MS, 'd'}, {now + 10 * MS, 'a'}, {now + 30 * MS, 'c'}, {now + 20 * MS, 'b'}};
    struct task *tasks[4];
    tasks_begin();
    for (int i = 0; i < 4; i++)
        tasks[i] = tasks_spawn(mark_at, &deadlines[i]);
    for (int i = 0; i < 4; i++)
        tasks_join(tasks[i]);
    ck_assert_str_eq(trail, "abcd");
    tasks_end();
}
END_TEST

START_TEST(pauses_overlap)
{
    enum { TASKS = 100 };
    struct task *tasks[TASKS];
    static struct pause pause = {50 * MS, 'x'};
    tasks_begin();
    uint64_t from = clock_now();
    for (int i = 0; i < TASKS; i++)
        tasks[i] = tasks_spawn(pause_and_mark, &pause);
    for (int i = 0; i < TASKS; i++)
        tasks_join(tasks[i]);
    ck_assert_uint_lt(clock_now() - from, 2 * NS_PER_SECOND); /* not five */
    tasks_end();
}
END_TEST

static void *park_with_deadline(void *unused)
{
    reason_of_wake = tasks_pause(60 * NS_PER_SECOND);
    return unused;
}

START_TEST(timer_of_a_woken_task_is_gone)
{
    struct scheduler *scheduler = tasks_begin();
    struct task *task = tasks_spawn(park_with_deadline, NULL);
    tasks_settle();
    ck_assert_uint_eq(scheduler->timers.count, 1);
    task_wake(task, WAKE_RETRY);
    tasks_join(task);
    ck_assert_int_eq(reason_of_wake, WAKE_RETRY);
    ck_assert_uint_eq(scheduler->timers.count, 0);
    tasks_end();
}
END_TEST

static void *wake_from_thread(void *task)
{
    task_wake_remote(task);
    task_wake_remote(task);
    return NULL;
}

START_TEST(other_threads_wake_a_sleeping_one)
{
    pthread_t thread;
    struct scheduler *scheduler = tasks_begin();
    for (int i = 0; i < 50; i++) {
        ck_assert_int_eq(pthread_create(&thread, NULL, wake_from_thread, &scheduler->main), 0);
        ck_assert_int_eq(tasks_pause(20 * NS_PER_SECOND), WAKE_RETRY);
        pthread_join(thread, NULL);
        task_park(&scheduler->main, clock_now(), INTERRUPT_NEVER, "the second wake, if any");
    }
    tasks_end();
}
END_TEST

/* ---- signal handlers and the main task ---- */

static bool with_restart;

static void handle(int number)
{
    (void)number;
    this_thread.signals.all++;
    this_thread.signals.restart += with_restart;
    scheduler_note_signal(this_thread.scheduler);
}

static void expect_signal_in(long us)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    struct itimerval soon = {.it_value = {0, us}};
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &soon, NULL), 0);
}

static void expect_signal_soon(void)
{
    expect_signal_in(40000);
}

static const struct {
    enum interruption interruption;
    bool with_restart;
    int reason;
} interruptions[] = {
    {INTERRUPT_ALWAYS, false, WAKE_SIGNALLED},     {INTERRUPT_ALWAYS, true, WAKE_SIGNALLED},
    {INTERRUPT_NO_RESTART, false, WAKE_SIGNALLED}, {INTERRUPT_NO_RESTART, true, WAKE_TIMED_OUT},
    {INTERRUPT_NEVER, false, WAKE_TIMED_OUT},      {INTERRUPT_NEVER, true, WAKE_TIMED_OUT},
};
enum { INTERRUPTIONS = sizeof interruptions / sizeof *interruptions };

START_TEST(handler_ends_the_waits_that_signal7_says)
{
    struct scheduler *scheduler = tasks_begin();
    with_restart = interruptions[_i].with_restart;
    expect_signal_soon();
    ck_assert_int_eq(
        task_park(&scheduler->main, clock_after(200 * MS), interruptions[_i].interruption, "test"),
        interruptions[_i].reason);
    ck_assert_uint_eq(this_thread.signals.all, 1);
    tasks_end();
}
END_TEST

/* The main thread's handlers are no concern of theirs. */
START_TEST(handler_ends_no_wait_of_other_tasks)
{
    tasks_begin();
    static struct pause pause = {100 * MS, 'x'};
    struct task *task = tasks_spawn(pause_and_mark, &pause);
    uint64_t from = clock_now();
    expect_signal_soon();
    tasks_join(task);
    ck_assert_uint_ge(clock_now() - from, 100 * MS);
    tasks_end();
}
END_TEST

static struct task *delivered_to;
static bool deferred, delivered;

enum { ENTRY = 7 };

static void deliver(unsigned entry, int number, siginfo_t *info)
{
    delivered_to = tasks_self();
    delivered = entry == ENTRY && number == SIGALRM && info->si_signo == SIGALRM;
}

static void defer(int number, siginfo_t *info, void *context)
{
    (void)context;
    this_thread.signals.all++;
    deferred = scheduler_defer_signal(this_thread.scheduler, deliver, ENTRY, number, info);
    scheduler_note_signal(this_thread.scheduler);
}

/* The thread sleeps on the stack of whoever parked last, which a handler must not leave by
 * siglongjmp. */
START_TEST(deferred_handler_runs_in_the_main_task)
{
    struct sigaction action = {.sa_sigaction = defer, .sa_flags = SA_SIGINFO};
    struct scheduler *scheduler = tasks_begin();
    struct task *last = tasks_spawn(park_with_deadline, NULL);
    expect_signal_in(500000); /* when it sleeps, also on a busy machine */
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(
        task_park(&scheduler->main, clock_after(10 * NS_PER_SECOND), INTERRUPT_ALWAYS, "test"),
        WAKE_SIGNALLED);
    /* TSan calls handlers when the system call that they interrupt has returned. */
    ck_assert(deferred || GREQ_THREAD_SANITIZER);
    ck_assert(delivered == deferred);
    ck_assert_ptr_eq(delivered_to, deferred ? &scheduler->main : NULL);
    task_wake(last, WAKE_RETRY);
    tasks_join(last);
    tasks_end();
}
END_TEST

START_TEST(handler_of_a_thread_that_is_awake_is_not_deferred)
{
    siginfo_t info = {0};
    struct scheduler *scheduler = tasks_begin();
    ck_assert(!scheduler_defer_signal(scheduler, deliver, ENTRY, SIGALRM, &info));
    tasks_end();
}
END_TEST

/* ---- what belongs to a task ---- */

static void *keep_errno(void *number)
{
    long changed = errno != 0;
    for (int i = 0; i < 5; i++) {
        errno = *(int *)number;
        task_yield(this_thread.scheduler);
        changed += errno != *(int *)number;
    }
    return (void *)changed;
}

START_TEST(errno_is_the_tasks_own)
{
    static int numbers[] = {EBADF, ENOENT, EINTR};
    struct task *tasks[3];
    tasks_begin();
    errno = ENOTTY;
    for (int i = 0; i < 3; i++)
        tasks[i] = tasks_spawn(keep_errno, &numbers[i]);
    errno = ENOTTY;
    task_yield(this_thread.scheduler);
    ck_assert_int_eq(errno, ENOTTY);
    for (int i = 0; i < 3; i++)
        ck_assert_ptr_null(tasks_join(tasks[i]));
    tasks_end();
}
END_TEST

static void *strand_is_own(void *unused)
{
    struct strand *strand = this_thread.strand;
    (void)unused;
    task_yield(this_thread.scheduler);
    return (void *)(intptr_t)(this_thread.strand == strand && strand == tasks_self()->strand &&
                              strand->task != 0);
}

START_TEST(strand_follows_the_task)
{
    tasks_begin();
    struct task *a = tasks_spawn(strand_is_own, NULL), *b = tasks_spawn(strand_is_own, NULL);
    ck_assert_uint_ne(a->strand->task, b->strand->task);
    ck_assert_ptr_nonnull(tasks_join(a));
    ck_assert_ptr_eq(this_thread.strand, &this_thread.self);
    ck_assert_ptr_nonnull(tasks_join(b));
    ck_assert_ptr_eq(this_thread.strand, &this_thread.self);
    ck_assert_uint_eq(this_thread.self.task, 0);
    tasks_end();
}
END_TEST

/* ---- many and deep ---- */

static void *add_after_a_pause(void *sum)
{
    tasks_pause(1 * MS);
    return (void *)(++*(intptr_t *)sum);
}

/* To TSan each is a thread, and all of them take it most of a minute. */
#ifdef __SANITIZE_THREAD__
enum { THOUSANDS = 1000 };
#else
enum { THOUSANDS = 5000 };
#endif

START_TEST(thousands_of_tasks_park_at_once)
{
    enum { TASKS = THOUSANDS };
    static struct task *tasks[TASKS];
    intptr_t sum = 0;
    struct scheduler *scheduler = tasks_begin();
    for (int i = 0; i < TASKS; i++)
        tasks[i] = tasks_spawn(add_after_a_pause, &sum);
    ck_assert_uint_eq(scheduler->live_count, TASKS);
    for (int i = 0; i < TASKS; i++)
        ck_assert_ptr_nonnull(tasks_join(tasks[i]));
    ck_assert_int_eq(sum, TASKS);
    ck_assert_uint_eq(scheduler->live_count, 0);
    tasks_end();
}
END_TEST

static void *descend(void *depth)
{
    intptr_t left = (intptr_t)depth;
    if (!left)
        return NULL;
    task_yield(this_thread.scheduler);
    return (char *)tasks_join(tasks_spawn(descend, (void *)(left - 1))) + 1;
}

START_TEST(tasks_make_and_join_tasks_as_deep_as_they_like)
{
    enum { DEPTH = 1000 };
    tasks_begin();
    ck_assert_int_eq((intptr_t)tasks_join(tasks_spawn(descend, (void *)(intptr_t)DEPTH)), DEPTH);
    tasks_end();
}
END_TEST

START_TEST(stacks_are_used_again)
{
    struct stack *stacks[2] = {NULL, NULL};
    tasks_begin();
    for (int i = 0; i < 1000; i++) {
        struct task *task = tasks_spawn(strand_is_own, NULL);
        ck_assert(i < 2 || task->stack == stacks[0] || task->stack == stacks[1]);
        stacks[i % 2] = task->stack;
        tasks_join(task);
    }
    tasks_end();
}
END_TEST

START_TEST(counts_are_what_the_summary_says)
{
    static struct pause pause = {5 * MS, 'x'};
    struct task *tasks[3];
    struct scheduler *scheduler = tasks_begin();
    for (int i = 0; i < 3; i++)
        tasks[i] = tasks_spawn(pause_and_mark, &pause);
    tasks_settle();
    ck_assert_uint_eq(scheduler->counts.parked_now, 3);
    for (int i = 0; i < 3; i++)
        tasks_join(tasks[i]);
    ck_assert_uint_eq(scheduler->counts.spawned, 3);
    ck_assert_uint_eq(scheduler->counts.parks, 3); /* not the main task's, which joined */
    ck_assert_uint_eq(scheduler->counts.parked_most, 3);
    ck_assert_uint_eq(scheduler->counts.parked_now, 0);
    tasks_end();
}
END_TEST

/* ---- the end ---- */

static void *run_scheduler(void *scheduler)
{
    struct task *task;
    tasks_begin();
    *(struct scheduler **)scheduler = this_thread.scheduler;
    tasks_spawn(park_for_ever, NULL);
    tasks_spawn(park_with_deadline, NULL);
    task = tasks_spawn(mark_once, &letters[0]);
    tasks_join(task);
    tasks_spawn(mark_once, &letters[1]);
    tasks_end();
    return NULL;
}

static struct scheduler *in_a_thread(void)
{
    pthread_t thread;
    tasks_configure();
    struct scheduler *scheduler = NULL;
    ck_assert_int_eq(pthread_create(&thread, NULL, run_scheduler, &scheduler), 0);
    pthread_join(thread, NULL);
    return scheduler;
}

START_TEST(unfinished_tasks_are_dropped_with_their_thread)
{
    struct scheduler *scheduler = in_a_thread();
    ck_assert_uint_eq(scheduler->live_count, 0);
    ck_assert_int_eq(scheduler->state, SCHEDULER_DEAD);
    ck_assert_str_eq(trail, "a");
    tasks_close_kept();
}
END_TEST

/* They are never freed, since others go through the list of them. */
START_TEST(scheduler_of_an_ended_thread_is_used_again)
{
    struct scheduler *first = in_a_thread();
    for (int i = 0; i < 20; i++)
        ck_assert_ptr_eq(in_a_thread(), first);
    ck_assert_ptr_eq(scheduler_first(), first);
    ck_assert_ptr_null(first->next);
    tasks_close_kept();
}
END_TEST

struct dropped {
    struct task *task;
    pthread_barrier_t parked, woken;
};

static void *end_with_a_wake_under_way(void *argument)
{
    struct dropped *dropped = argument;
    tasks_begin();
    dropped->task = tasks_spawn(park_for_ever, NULL);
    tasks_settle();
    pthread_barrier_wait(&dropped->parked);
    pthread_barrier_wait(&dropped->woken);
    tasks_end();
    return NULL;
}

/* The thread ended before it saw the wake. The record is used again, by the scheduler's next
 * thread, and its wakes must arrive. */
START_TEST(wake_that_was_never_seen_is_in_no_other_tasks_way)
{
    static struct dropped dropped;
    struct task *task;
    int others = 0;
    pthread_t thread, waker;
    tasks_configure();
    pthread_barrier_init(&dropped.parked, NULL, 2);
    pthread_barrier_init(&dropped.woken, NULL, 2);
    ck_assert_int_eq(pthread_create(&thread, NULL, end_with_a_wake_under_way, &dropped), 0);
    pthread_barrier_wait(&dropped.parked);
    task_wake_remote(dropped.task);
    pthread_barrier_wait(&dropped.woken);
    pthread_join(thread, NULL);
    ck_assert_int_eq(join_wait(dropped.task, NULL), EINVAL);
    tasks_begin();
    while ((task = tasks_spawn(park_with_deadline, NULL)) != dropped.task)
        ck_assert_int_lt(others++, 100);
    tasks_settle();
    ck_assert_int_eq(pthread_create(&waker, NULL, wake_from_thread, task), 0);
    tasks_pause(200 * MS);
    pthread_join(waker, NULL);
    ck_assert_int_eq(task->state, TASK_FINISHED);
    tasks_end();
}
END_TEST

static volatile int looks, left_behind;

static void look_at_strand(int number)
{
    const struct thread *thread = &this_thread;
    const struct scheduler *scheduler = thread->scheduler;
    (void)number;
    looks++;
    left_behind += scheduler && !scheduler->current->stack && thread->strand != &thread->self;
}

static void leave_by_steps(struct thread *thread)
{
    step(true);
    scheduler_leave(thread);
    step(false);
}

static void *end_thread(void *unused)
{
    (void)unused;
    pthread_exit(NULL);
}

static void *end_within_a_task(void *unused)
{
    tasks_begin();
    tasks_spawn(park_for_ever, unused);
    tasks_spawn(end_thread, unused);
    tasks_settle();
    return unused;
}

/* Its strand is not the task's any more when that has lost its stack. */
START_TEST(thread_that_ends_within_a_task_has_a_strand_of_its_own)
{
    pthread_t thread;
    tasks_configure();
    thread_on_exit(leave_by_steps);
    ck_assert(signal(SIGTRAP, look_at_strand) != SIG_ERR);
    ck_assert_int_eq(pthread_create(&thread, NULL, end_within_a_task, NULL), 0);
    pthread_join(thread, NULL);
    ck_assert_int_gt(looks, 100);
    ck_assert_int_eq(left_behind, 0);
    tasks_close_kept();
}
END_TEST

START_TEST(thread_without_a_scheduler_may_leave)
{
    scheduler_leave(&this_thread);
    tasks_begin();
    tasks_end();
    ck_assert_ptr_null(this_thread.scheduler);
    scheduler_leave(&this_thread);
}
END_TEST

START_TEST(task_that_cannot_be_had_leaves_nothing)
{
    struct scheduler *scheduler = tasks_begin();
    config.stack_size = (size_t)1 << 60;
    ck_assert_ptr_null(task_create(scheduler, mark_once, letters));
    ck_assert_uint_eq(scheduler->live_count, 0);
    ck_assert_uint_eq(scheduler->counts.spawned, 0);
    ck_assert_ptr_null(scheduler->ready_first);
    tasks_end();
}
END_TEST

SUITE("scheduler", ONCE(tasks_start_in_the_order_of_their_making_and_not_before_a_wait),
      ONCE(yield_lets_every_other_one_run_first), ONCE(yield_alone_returns_at_once),
      ONCE(tasks_that_only_yield_let_a_timer_through), ONCE(wake_tells_its_reason),
      ONCE(deadline_wakes_not_before_its_time), ONCE(deadlines_come_in_their_order),
      ONCE(pauses_overlap), ONCE(timer_of_a_woken_task_is_gone),
      ONCE(other_threads_wake_a_sleeping_one),
      EACH(handler_ends_the_waits_that_signal7_says, INTERRUPTIONS),
      ONCE(handler_ends_no_wait_of_other_tasks), ONCE(deferred_handler_runs_in_the_main_task),
      ONCE(handler_of_a_thread_that_is_awake_is_not_deferred), ONCE(errno_is_the_tasks_own),
      ONCE(strand_follows_the_task), ONCE(thousands_of_tasks_park_at_once),
      ONCE(tasks_make_and_join_tasks_as_deep_as_they_like), ONCE(stacks_are_used_again),
      ONCE(counts_are_what_the_summary_says), ONCE(unfinished_tasks_are_dropped_with_their_thread),
      ONCE(scheduler_of_an_ended_thread_is_used_again),
      ONCE(wake_that_was_never_seen_is_in_no_other_tasks_way),
      EACH(thread_that_ends_within_a_task_has_a_strand_of_its_own, CAN_STEP),
      ONCE(thread_without_a_scheduler_may_leave), ONCE(task_that_cannot_be_had_leaves_nothing))
