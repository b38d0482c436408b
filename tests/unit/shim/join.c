/*
 * Waiting for the end of a task: from tasks, from threads with and without tasks, and of tasks that
 * will never end.
 */
#include "task/join.h"

#include "suite.h"
#include "sys/clock.h"
#include "task/task_pool.h"
#include "tasks.h"

#include <errno.h>
#include <greq/greq.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#define MS NS_PER_MS

static void *give_back(void *value)
{
    return value;
}

static void *give_back_later(void *value)
{
    tasks_pause(20 * MS);
    return value;
}

static void *park_for_ever(void *unused)
{
    task_park(tasks_self(), CLOCK_NEVER, INTERRUPT_NEVER, "test");
    return unused;
}

static void *join_it(void *task)
{
    return (void *)(intptr_t)join_wait(task, NULL);
}

static pthread_t start(void *(*body)(void *), void *argument)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, body, argument), 0);
    return thread;
}

static void *end_of(pthread_t thread)
{
    void *result;
    ck_assert_int_eq(pthread_join(thread, &result), 0);
    return result;
}

/* ---- in one thread ---- */

START_TEST(result_is_what_the_task_returned)
{
    int value;
    tasks_begin();
    ck_assert_ptr_eq(tasks_join(tasks_spawn(give_back, &value)), &value);
    ck_assert_ptr_eq(tasks_join(tasks_spawn(give_back_later, &value)), &value);
    ck_assert_int_eq(join_wait(tasks_spawn(give_back, &value), NULL), 0);
    tasks_end();
}
END_TEST

START_TEST(finished_task_waits_for_its_joiner)
{
    int value;
    tasks_begin();
    struct task *task = tasks_spawn(give_back, &value);
    tasks_settle();
    ck_assert_int_eq(task->state, TASK_FINISHED);
    ck_assert_ptr_eq(tasks_join(task), &value);
    tasks_end();
}
END_TEST

static void *join_oneself(void *unused)
{
    (void)unused;
    return (void *)(intptr_t)join_wait(tasks_self(), NULL);
}

START_TEST(nobody_joins_itself)
{
    tasks_begin();
    ck_assert_int_eq((intptr_t)tasks_join(tasks_spawn(join_oneself, NULL)), EDEADLK);
    tasks_end();
}
END_TEST

START_TEST(second_joiner_is_told)
{
    void *result = NULL;
    tasks_begin();
    struct task *task = tasks_spawn(give_back_later, &task), *first = tasks_spawn(join_it, task);
    tasks_settle();
    ck_assert_int_eq(join_wait(task, &result), EINVAL);
    ck_assert_ptr_null(result);
    ck_assert_int_eq((intptr_t)tasks_join(first), 0);
    tasks_end();
}
END_TEST

START_TEST(handle_is_good_for_one_join)
{
    tasks_begin();
    greq_task *handle = task_handle(tasks_spawn(give_back, NULL));
    ck_assert_int_eq(greq_join(handle, NULL), 0);
    ck_assert_int_eq(greq_join(handle, NULL), EINVAL);
    greq_task *next = task_handle(tasks_spawn(give_back, NULL));
    ck_assert_int_eq(greq_join(handle, NULL), EINVAL);
    ck_assert_int_eq(greq_join(next, NULL), 0);
    ck_assert_int_eq(greq_join(NULL, NULL), EINVAL);
    tasks_end();
}
END_TEST

/* Whoever joins is woken for other reasons as well. */
START_TEST(spurious_wake_does_not_end_a_join)
{
    int value;
    tasks_begin();
    struct task *task = tasks_spawn(give_back_later, &value), *joiner = tasks_spawn(join_it, task);
    tasks_settle();
    task_wake(joiner, WAKE_RETRY);
    tasks_settle();
    ck_assert_int_eq(joiner->state, TASK_PARKED);
    ck_assert_int_eq((intptr_t)tasks_join(joiner), 0);
    tasks_end();
}
END_TEST

/* ---- across threads ---- */

START_TEST(thread_without_tasks_joins)
{
    tasks_begin();
    for (int i = 0; i < 100; i++) {
        pthread_t thread = start(join_it, tasks_spawn(give_back, NULL));
        if (i % 2)
            sched_yield();
        tasks_settle();
        ck_assert_int_eq((intptr_t)end_of(thread), 0);
    }
    tasks_end();
}
END_TEST

static void *join_beside_tasks(void *task)
{
    void *result;
    tasks_begin();
    struct task *joiner = tasks_spawn(join_it, task), *other = tasks_spawn(give_back_later, &other);
    bool other_ran = tasks_join(other) == &other;
    result = other_ran ? tasks_join(joiner) : (void *)-1;
    tasks_end();
    return result;
}

START_TEST(task_of_another_thread_joins_and_holds_up_nobody)
{
    tasks_begin();
    for (int i = 0; i < 5; i++) {
        pthread_t thread = start(join_beside_tasks, tasks_spawn(give_back_later, NULL));
        tasks_pause(60 * MS);
        ck_assert_int_eq((intptr_t)end_of(thread), 0);
    }
    tasks_end();
}
END_TEST

struct pass {
    struct task *volatile task;
    pthread_barrier_t ready, done;
};

static bool has_ended; /* the thread of the tasks looks at it */

static void *end_soon(void *is_slow)
{
    if (is_slow)
        tasks_pause(20 * MS);
    has_ended = true;
    return NULL;
}

/* On a busy machine a task may begin when its thread has paused for long; who waits for its end
 * must not have to wait for the barrier. */
static void *offer_tasks(void *argument)
{
    struct pass *pass = argument;
    tasks_begin();
    for (int i = 0; i < 110; i++) {
        bool slow = i % 11 == 0;
        has_ended = false;
        pass->task = tasks_spawn(end_soon, slow ? pass : NULL);
        pthread_barrier_wait(&pass->ready);
        do
            tasks_pause(slow ? 30 * MS : 0);
        while (!has_ended);
        pthread_barrier_wait(&pass->done);
    }
    pass->task = NULL;
    pthread_barrier_wait(&pass->ready);
    tasks_end();
    return NULL;
}

/* The end and the join come at any distance of each other. */
START_TEST(main_task_joins_tasks_of_another_thread)
{
    static struct pass pass;
    pthread_barrier_init(&pass.ready, NULL, 2);
    pthread_barrier_init(&pass.done, NULL, 2);
    tasks_begin();
    pthread_t thread = start(offer_tasks, &pass);
    for (;;) {
        pthread_barrier_wait(&pass.ready);
        if (!pass.task)
            break;
        ck_assert_int_eq(join_wait(pass.task, NULL), 0);
        pthread_barrier_wait(&pass.done);
    }
    end_of(thread);
    tasks_end();
}
END_TEST

static int returned; /* threads whose join has; atomic */

static void *join_and_say_so(void *task)
{
    void *error = join_it(task);
    __atomic_fetch_add(&returned, 1, __ATOMIC_RELEASE);
    return error;
}

/* The task's thread runs it until all joiners have returned, however late it is. */
START_TEST(of_several_joiners_one_succeeds)
{
    enum { JOINERS = 4 };
    pthread_t threads[JOINERS];
    tasks_begin();
    for (int round = 0; round < 20; round++) {
        int joined = 0;
        struct task *task = tasks_spawn(give_back_later, NULL);
        returned = 0;
        for (int i = 0; i < JOINERS; i++)
            threads[i] = start(join_and_say_so, task);
        while (__atomic_load_n(&returned, __ATOMIC_ACQUIRE) < JOINERS)
            tasks_pause(MS);
        for (int i = 0; i < JOINERS; i++) {
            intptr_t error = (intptr_t)end_of(threads[i]);
            ck_assert(error == 0 || error == EINVAL);
            joined += error == 0;
        }
        ck_assert_int_eq(joined, 1);
    }
    tasks_end();
}
END_TEST

/* ---- tasks that never end ---- */

static pthread_barrier_t parked, may_end;

static void *end_without_it(void *task)
{
    tasks_begin();
    *(struct task **)task = tasks_spawn(park_for_ever, NULL);
    tasks_settle();
    pthread_barrier_wait(&parked);
    pthread_barrier_wait(&may_end);
    tasks_end();
    return NULL;
}

static struct task *task_of_an_ending_thread(pthread_t *thread)
{
    static struct task *task;
    pthread_barrier_init(&parked, NULL, 2);
    pthread_barrier_init(&may_end, NULL, 2);
    *thread = start(end_without_it, &task);
    pthread_barrier_wait(&parked);
    return task;
}

START_TEST(joiner_is_told_when_the_tasks_thread_ends)
{
    pthread_t thread;
    struct task *task = task_of_an_ending_thread(&thread);
    pthread_t joiner = start(join_it, task);
    usleep(20000);
    pthread_barrier_wait(&may_end);
    ck_assert_int_eq((intptr_t)end_of(joiner), EINVAL);
    end_of(thread);
    tasks_close_kept();
}
END_TEST

START_TEST(task_of_an_ended_thread_cannot_be_joined)
{
    pthread_t thread;
    struct task *task = task_of_an_ending_thread(&thread);
    pthread_barrier_wait(&may_end);
    end_of(thread);
    ck_assert_int_eq(join_wait(task, NULL), EINVAL);
    tasks_close_kept();
}
END_TEST

enum { MORE_THAN_ARE_KEPT = 1500 }; /* stacks, so that others go back to the kernel */

static void *drop_joiner_first(void *unused)
{
    tasks_begin();
    struct task *joined = tasks_spawn(park_for_ever, NULL);
    tasks_spawn(join_it, joined);
    tasks_settle();
    for (int i = 0; i < MORE_THAN_ARE_KEPT; i++)
        tasks_spawn(give_back, NULL);
    tasks_end();
    return unused;
}

/* What is dropped later must not look for its joiner where that one's stack was. */
START_TEST(task_and_its_joiner_are_dropped_together)
{
    end_of(start(drop_joiner_first, NULL));
    tasks_close_kept();
}
END_TEST

static void *end_while_joining(void *task)
{
    tasks_begin();
    tasks_spawn(join_it, task);
    tasks_settle();
    for (int i = 0; i < MORE_THAN_ARE_KEPT; i++)
        tasks_spawn(give_back, NULL);
    tasks_end();
    return NULL;
}

/* Nor must a task of another thread, which ends in its own time. */
START_TEST(task_outlives_the_thread_that_was_joining_it)
{
    tasks_begin();
    struct task *task = tasks_spawn(give_back_later, NULL);
    end_of(start(end_while_joining, task));
    tasks_pause(60 * MS);
    ck_assert_int_eq(task->state, TASK_FINISHED);
    tasks_end();
}
END_TEST

SUITE("join", ONCE(result_is_what_the_task_returned), ONCE(finished_task_waits_for_its_joiner),
      ONCE(nobody_joins_itself), ONCE(second_joiner_is_told), ONCE(handle_is_good_for_one_join),
      ONCE(spurious_wake_does_not_end_a_join), ONCE(thread_without_tasks_joins),
      ONCE(task_of_another_thread_joins_and_holds_up_nobody),
      ONCE(main_task_joins_tasks_of_another_thread), ONCE(of_several_joiners_one_succeeds),
      ONCE(joiner_is_told_when_the_tasks_thread_ends),
      ONCE(task_of_an_ended_thread_cannot_be_joined),
      ONCE(task_and_its_joiner_are_dropped_together),
      ONCE(task_outlives_the_thread_that_was_joining_it))
