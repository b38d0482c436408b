/*
 * Who owns the code that makes a call.
 */
#include "host/host.h"
#include "task/helper.h"

#include "suite.h"
#include "sys/clock.h"
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void *give_back(void *value)
{
    return value;
}

/* With nobody else to run, every call is the real one. */
START_TEST(only_a_thread_with_tasks_has_a_host)
{
    ck_assert_ptr_null(host_current(&this_thread));
    tasks_begin();
    ck_assert_ptr_null(host_current(&this_thread));
    struct task *task = tasks_spawn(give_back, NULL);
    ck_assert_ptr_eq(host_current(&this_thread), &host_native);
    tasks_join(task);
    ck_assert_ptr_null(host_current(&this_thread));
    tasks_end();
    ck_assert_ptr_null(host_current(&this_thread));
}
END_TEST

static int wait_for(int fd, uint64_t limit)
{
    struct pollfd interest = {fd, POLLIN, 0};
    return host_native.wait(&this_thread, &interest, 1, clock_after(limit), INTERRUPT_ALWAYS);
}

static void *wait_in_task(void *fd)
{
    return (void *)(intptr_t)wait_for(*(int *)fd, 10 * NS_PER_SECOND);
}

START_TEST(wait_parks_the_current_task)
{
    int pair[2];
    tasks_begin();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct task *task = tasks_spawn(wait_in_task, &pair[0]);
    ck_assert_int_eq(wait_for(pair[0], NS_PER_MS), WAKE_TIMED_OUT);
    ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
    ck_assert_ptr_null(tasks_join(task));
    ck_assert_int_eq(host_native.wait(&this_thread, NULL, 0, clock_now(), INTERRUPT_ALWAYS),
                     WAKE_TIMED_OUT);
    close(pair[0]);
    close(pair[1]);
    tasks_end();
}
END_TEST

struct job_with_answer {
    struct job job;
    pthread_t thread;
};

static void note_thread(struct job *job)
{
    ((struct job_with_answer *)job)->thread = pthread_self();
}

static void free_answer(struct job *job)
{
    free(job);
}

START_TEST(job_runs_on_another_thread)
{
    struct job_with_answer *answer = malloc(sizeof *answer);
    job_init(&answer->job, note_thread, free_answer);
    tasks_begin();
    ck_assert_int_eq(host_native.run(&this_thread, &answer->job), 0);
    ck_assert(!pthread_equal(answer->thread, pthread_self()));
    job_release(&answer->job);
    tasks_end();
}
END_TEST

SUITE("host", ONCE(only_a_thread_with_tasks_has_a_host), ONCE(wait_parks_the_current_task),
      ONCE(job_runs_on_another_thread))
