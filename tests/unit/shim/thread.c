/*
 * What the shim keeps per thread, and how it notices that a thread ends.
 */
#include "sys/thread.h"

#include "suite.h"

#include <pthread.h>
#include <stddef.h>

static pthread_key_t program_key;
static int order, program_saw, shim_saw;
static struct thread *left;
static bool passing_at_program;

static void leave(struct thread *thread)
{
    shim_saw = ++order;
    left = thread;
}

/* A destructor of the program's: what it calls is still to be seen. */
static void program_destructor(void *unused)
{
    (void)unused;
    program_saw = ++order;
    passing_at_program = this_thread.passing;
}

static void *watched(void *unused)
{
    (void)unused;
    pthread_setspecific(program_key, &program_key);
    thread_watch_exit(&this_thread);
    thread_watch_exit(&this_thread);
    return &this_thread;
}

static void *unwatched(void *unused)
{
    return unused;
}

static void *run(void *(*body)(void *))
{
    pthread_t thread;
    void *result;
    ck_assert_int_eq(pthread_create(&thread, NULL, body, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, &result), 0);
    return result;
}

/* Whichever key was made first. */
START_TEST(threads_end_is_noticed_once_and_after_the_programs_destructors)
{
    if (_i)
        thread_on_exit(leave);
    pthread_key_create(&program_key, program_destructor);
    if (!_i)
        thread_on_exit(leave);
    ck_assert_ptr_eq(run(watched), left);
    ck_assert_int_eq(program_saw, 1);
    ck_assert_int_eq(shim_saw, 2);
    ck_assert(!passing_at_program);
}
END_TEST

START_TEST(thread_that_is_not_watched_ends_unnoticed)
{
    thread_on_exit(leave);
    run(unwatched);
    ck_assert_int_eq(shim_saw, 0);
}
END_TEST

static bool passing_at_last;

static void last_destructor(void *round)
{
    static int rounds;
    if (++rounds < 4)
        pthread_setspecific(program_key, round);
    else
        passing_at_last = this_thread.passing;
}

/* What still runs when our part of the thread is gone makes the real calls only. */
START_TEST(thread_is_passing_after_its_end)
{
    thread_on_exit(leave);
    pthread_key_create(&program_key, last_destructor);
    run(watched);
    ck_assert(passing_at_last);
    ck_assert(!this_thread.passing);
}
END_TEST

START_TEST(thread_is_its_own_strand_until_it_has_tasks)
{
    struct thread thread = {0};
    ck_assert_ptr_eq(thread_strand(&thread), &thread.self);
    struct strand task = {.task = 1};
    thread.strand = &task;
    ck_assert_ptr_eq(thread_strand(&thread), &task);
}
END_TEST

SUITE("thread", EACH(threads_end_is_noticed_once_and_after_the_programs_destructors, 2),
      ONCE(thread_that_is_not_watched_ends_unnoticed), ONCE(thread_is_passing_after_its_end),
      ONCE(thread_is_its_own_strand_until_it_has_tasks))
