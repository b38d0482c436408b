/*
 * Records of tasks, and handles that tell which use of a record they mean.
 */
#include "task/task_pool.h"

#include "suite.h"
#include "task/internal.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

enum { MANY = 1000, USES = 200, THREADS = 3, ROUNDS = 3000 };

static struct scheduler owner;

/* A record as task_create leaves it. */
static struct task *get(void)
{
    struct task *task = task_pool_get(&owner.pool, &owner);
    ck_assert_ptr_nonnull(task);
    ck_assert_ptr_eq(task->scheduler, &owner);
    task->state = TASK_READY;
    return task;
}

/* As one that was run and joined. */
static void put(struct task *task)
{
    task_set_state(task, TASK_FINISHED);
    task_pool_put(&owner.pool, task);
}

/* Takes records until this one comes again; the others are put back. */
static void get_again(struct task *task)
{
    struct task *others[MANY];
    int count = 0;
    while ((others[count] = get()) != task)
        ck_assert_int_lt(++count, MANY);
    while (count)
        put(others[--count]);
}

START_TEST(handle_leads_to_its_record)
{
    struct task *task = get();
    ck_assert_ptr_eq(task_from_handle(task_handle(task)), task);
}
END_TEST

START_TEST(null_is_no_handle)
{
    ck_assert_ptr_null(task_from_handle(NULL));
}
END_TEST

START_TEST(handle_is_stale_when_its_record_was_put_back)
{
    struct task *task = get();
    struct greq_task *handle = task_handle(task);
    put(task);
    ck_assert_ptr_null(task_from_handle(handle));
}
END_TEST

START_TEST(handle_stays_stale_when_its_record_is_used_again)
{
    struct task *task = get();
    struct greq_task *handle = task_handle(task);
    for (int use = 0; use < USES; use++) {
        put(task);
        get_again(task);
        ck_assert_ptr_null(task_from_handle(handle));
        ck_assert_ptr_eq(task_from_handle(task_handle(task)), task);
    }
}
END_TEST

START_TEST(record_is_as_good_as_new)
{
    struct task *task = get();
    task->result = task;
    task->waiter_count = 1;
    task->strand = &this_thread.self;
    put(task);
    get_again(task);
    ck_assert_ptr_null(task->result);
    ck_assert_uint_eq(task->waiter_count, 0);
    ck_assert_ptr_null(task->strand);
}
END_TEST

/* It may be in another thread's list of those to wake, which must not break. */
START_TEST(wake_under_way_outlives_a_use_of_the_record)
{
    struct task *task = get(), *next = get();
    task->in_remote = true;
    task->next_remote = next;
    put(task);
    get_again(task);
    ck_assert(task->in_remote);
    ck_assert_ptr_eq(task->next_remote, next);
}
END_TEST

START_TEST(records_in_use_are_different_ones)
{
    static struct task *tasks[MANY];
    for (int i = 0; i < MANY; i++) {
        tasks[i] = get();
        tasks[i]->argument = &tasks[i];
    }
    for (int i = 0; i < MANY; i++)
        ck_assert_ptr_eq(tasks[i]->argument, &tasks[i]);
}
END_TEST

START_TEST(record_stays_with_its_scheduler)
{
    static struct scheduler other;
    struct task *task = get();
    put(task);
    struct task *others = task_pool_get(&other.pool, &other);
    ck_assert_ptr_ne(others, task);
    ck_assert_ptr_eq(others->scheduler, &other);
}
END_TEST

/* ---- joins from other threads ---- */

static struct task *handed[THREADS]; /* atomic; NULL: nothing to put back */
static bool finished;

static void *put_back(void *slot)
{
    for (;;) {
        struct task *task = __atomic_exchange_n((struct task **)slot, NULL, __ATOMIC_ACQ_REL);
        if (task)
            put(task);
        else if (__atomic_load_n(&finished, __ATOMIC_ACQUIRE))
            return NULL;
        else
            sched_yield();
    }
}

/* Nobody else has it, and whoever had it is through with it. */
static void check_unused(struct task *task)
{
    ck_assert_ptr_null(task->argument);
    task->argument = task;
}

START_TEST(other_threads_put_back_while_the_owner_takes)
{
    pthread_t threads[THREADS];
    int new_ones = 0;
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, put_back, &handed[i]), 0);
    for (int i = 0; i < ROUNDS; i++) {
        struct task *task = get();
        check_unused(task);
        new_ones += task->generation == 1;
        while (__atomic_load_n(&handed[i % THREADS], __ATOMIC_ACQUIRE))
            sched_yield();
        __atomic_store_n(&handed[i % THREADS], task, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&finished, true, __ATOMIC_RELEASE);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_lt(new_ones, ROUNDS / 4); /* they come back */
}
END_TEST

SUITE("task_pool", ONCE(handle_leads_to_its_record), ONCE(null_is_no_handle),
      ONCE(handle_is_stale_when_its_record_was_put_back),
      ONCE(handle_stays_stale_when_its_record_is_used_again), ONCE(record_is_as_good_as_new),
      ONCE(wake_under_way_outlives_a_use_of_the_record), ONCE(records_in_use_are_different_ones),
      ONCE(record_stays_with_its_scheduler), ONCE(other_threads_put_back_while_the_owner_takes))
