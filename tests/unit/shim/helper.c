/*
 * Helper threads: for what can only be waited for by a thread.
 */
#include "task/helper.h"

#include "child.h"
#include "suite.h"
#include "sys/clock.h"
#include "tasks.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define MS NS_PER_MS

/* A job that sleeps, and notes where it ran. */
struct nap {
    struct helper_job job; /* first */
    uint64_t ns;
    pthread_t thread;
    bool passing, signals_blocked;
};

static void take_nap(struct helper_job *job)
{
    struct nap *nap = (struct nap *)job;
    struct timespec time = clock_to_timespec(nap->ns);
    sigset_t mask;
    nanosleep(&time, NULL);
    nap->thread = pthread_self();
    nap->passing = this_thread.passing;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    nap->signals_blocked = sigismember(&mask, SIGALRM) && sigismember(&mask, SIGTERM);
}

static void *nap_in_task(void *ns)
{
    struct nap nap = {.job.run = take_nap, .ns = *(uint64_t *)ns};
    int error = helper_run(tasks_self(), &nap.job);
    bool elsewhere = !pthread_equal(nap.thread, pthread_self());
    return (void *)(intptr_t)(error == 0 && elsewhere && nap.passing && nap.signals_blocked);
}

static void *count_up(void *count)
{
    for (int i = 0; i < 10; i++) {
        ++*(int *)count;
        tasks_pause(1 * MS);
    }
    return NULL;
}

START_TEST(job_runs_elsewhere_and_others_run_meanwhile)
{
    uint64_t pause = 400 * MS;
    int count = 0;
    tasks_begin();
    struct task *napping = tasks_spawn(nap_in_task, &pause), *other = tasks_spawn(count_up, &count);
    tasks_join(other);
    ck_assert_int_eq(count, 10);
    ck_assert_int_eq(napping->state, TASK_PARKED);
    ck_assert_ptr_nonnull(tasks_join(napping));
    tasks_end();
}
END_TEST

START_TEST(main_task_has_jobs_too)
{
    uint64_t pause = 0;
    tasks_begin();
    for (int i = 0; i < 100; i++)
        ck_assert_ptr_nonnull(nap_in_task(&pause));
    tasks_end();
}
END_TEST

static void nap_in_tasks(int count, uint64_t ns)
{
    struct task *tasks[count];
    for (int i = 0; i < count; i++)
        tasks[i] = tasks_spawn(nap_in_task, &ns);
    for (int i = 0; i < count; i++)
        ck_assert_ptr_nonnull(tasks_join(tasks[i]));
}

START_TEST(jobs_run_side_by_side)
{
    tasks_begin();
    uint64_t from = clock_now();
    nap_in_tasks(20, 100 * MS);
    ck_assert_uint_lt(clock_now() - from, 1000 * MS); /* not 2000 */
    tasks_end();
}
END_TEST

/* More than there are threads: the rest wait for their turn. */
START_TEST(every_job_has_its_turn)
{
    tasks_begin();
    nap_in_tasks(300, 2 * MS);
    tasks_end();
}
END_TEST

static int count_threads(void)
{
    int count = -2; /* "." and ".." */
    DIR *dir = opendir("/proc/self/task");
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

START_TEST(thread_is_used_again)
{
    tasks_begin();
    for (int i = 0; i < 20; i++)
        nap_in_tasks(1, 1 * MS);
    ck_assert_int_le(count_threads(), 5); /* one may not be back yet when the next job comes */
    tasks_end();
}
END_TEST

START_TEST(idle_threads_end)
{
    int before = count_threads();
    tasks_begin();
    nap_in_tasks(5, 50 * MS);
    ck_assert_int_ge(count_threads(), before + 2);
    for (int i = 0; i < 100 && count_threads() > before + GREQ_THREAD_SANITIZER; i++)
        tasks_pause(100 * MS);
    ck_assert_int_le(count_threads(), before + GREQ_THREAD_SANITIZER); /* TSan has its own */
    nap_in_tasks(2, 1 * MS);                                           /* and there are new ones */
    tasks_end();
}
END_TEST

static void nap_in_child(void *unused)
{
    uint64_t pause = 1 * MS;
    (void)unused;
    helper_after_fork();
    scheduler_after_fork(&this_thread);
    child_expect(nap_in_task(&pause) != NULL, "a helper of its own");
}

/* Not under TSan, which has no threads after a fork. */
START_TEST(forked_child_has_helpers_of_its_own)
{
    tasks_begin();
    nap_in_tasks(2, 1 * MS);
    child_succeeds(nap_in_child, NULL);
    nap_in_tasks(2, 1 * MS);
    tasks_end();
}
END_TEST

enum { THREADS = 3 };

static void *nap_in_thread(void *unused)
{
    tasks_begin();
    for (int i = 0; i < 20; i++)
        nap_in_tasks(5, 100000);
    tasks_end();
    return unused;
}

START_TEST(threads_share_the_helpers)
{
    pthread_t threads[THREADS];
    tasks_configure();
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, nap_in_thread, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    tasks_close_kept();
}
END_TEST

/* ---- a thread that ends while a job of its is in work ---- */

static pthread_barrier_t job_began;
static bool job_ended;

struct answer {
    struct helper_job job;
    char bytes[4096];
};

static void answer_late(struct helper_job *job)
{
    struct timespec moment = {0, 100 * 1000 * 1000};
    pthread_barrier_wait(&job_began);
    nanosleep(&moment, NULL);
    memset(((struct answer *)job)->bytes, 'x', sizeof(struct answer) - sizeof *job);
    __atomic_store_n(&job_ended, true, __ATOMIC_RELEASE);
}

static void *ask(void *unused)
{
    struct answer answer = {.job.run = answer_late};
    helper_run(tasks_self(), &answer.job);
    return unused;
}

static void *give_back(void *value)
{
    return value;
}

static void *end_meanwhile(void *unused)
{
    tasks_begin();
    tasks_spawn(ask, NULL);
    tasks_settle();
    pthread_barrier_wait(&job_began);
    for (int i = 0; i < 1500; i++) /* more stacks than are kept */
        tasks_spawn(give_back, NULL);
    tasks_end();
    return unused;
}

/* The job lies on the task's stack, and its answer is written there. */
START_TEST(answer_to_a_task_that_is_gone_harms_nobody)
{
    pthread_t thread;
    tasks_configure();
    pthread_barrier_init(&job_began, NULL, 2);
    ck_assert_int_eq(pthread_create(&thread, NULL, end_meanwhile, NULL), 0);
    pthread_join(thread, NULL);
    while (!__atomic_load_n(&job_ended, __ATOMIC_ACQUIRE))
        ;
    tasks_begin();
    tasks_pause(50 * MS); /* the helper goes on to wake the task that was */
    tasks_end();
}
END_TEST

SUITE("helper", ONCE(job_runs_elsewhere_and_others_run_meanwhile), ONCE(main_task_has_jobs_too),
      ONCE(jobs_run_side_by_side), ONCE(every_job_has_its_turn), ONCE(thread_is_used_again),
      ONCE(idle_threads_end), EACH(forked_child_has_helpers_of_its_own, !GREQ_THREAD_SANITIZER),
      ONCE(threads_share_the_helpers), ONCE(answer_to_a_task_that_is_gone_harms_nobody))
