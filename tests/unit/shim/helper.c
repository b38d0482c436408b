/*
 * Helper threads: for what can only be waited for by a thread.
 */
#include "task/helper.h"

#include "child.h"
#include "suite.h"
#include "sys/clock.h"
#include "tasks.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MS NS_PER_MS

/* A job that sleeps, and notes where it ran. */
struct nap {
    struct job job; /* first */
    uint64_t ns;
    pthread_t thread;
    bool passing, signals_blocked;
};

static void take_nap(struct job *job)
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

static int destroyed; /* atomic */

static void free_nap(struct job *job)
{
    free(job);
    __atomic_fetch_add(&destroyed, 1, __ATOMIC_RELEASE);
}

static void expect_destroyed(int count)
{
    for (int i = 0; i < 5000 && __atomic_load_n(&destroyed, __ATOMIC_ACQUIRE) < count; i++)
        usleep(1000);
    ck_assert_int_eq(__atomic_load_n(&destroyed, __ATOMIC_ACQUIRE), count);
}

static struct nap *make_nap(uint64_t ns)
{
    struct nap *nap = malloc(sizeof *nap);
    job_init(&nap->job, take_nap, free_nap);
    nap->ns = ns;
    return nap;
}

static bool went_well(const struct nap *nap)
{
    return !pthread_equal(nap->thread, pthread_self()) && nap->passing && nap->signals_blocked;
}

static void *nap_in_task(void *ns)
{
    struct nap *nap = make_nap(*(uint64_t *)ns);
    ck_assert_int_eq(helper_start(&nap->job, tasks_self()), 0);
    while (!job_is_done(&nap->job))
        task_park(tasks_self(), CLOCK_NEVER, INTERRUPT_NEVER, "helper thread");
    bool well = went_well(nap);
    job_release(&nap->job);
    return (void *)(intptr_t)well;
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
    nap_in_tasks(20, 300 * MS);
    ck_assert_uint_lt(clock_now() - from, 3000 * MS); /* not 6000 */
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

/* ---- without tasks: a descriptor tells ---- */

static bool readable(int fd, int timeout_ms)
{
    struct pollfd interest = {fd, POLLIN, 0};
    return poll(&interest, 1, timeout_ms) == 1;
}

START_TEST(descriptor_tells_that_it_is_done)
{
    struct nap *nap = make_nap(50 * MS);
    ck_assert_int_eq(helper_start(&nap->job, NULL), 0);
    ck_assert(!readable(nap->job.notifier.fd, 0));
    ck_assert(!job_is_done(&nap->job));
    ck_assert(readable(nap->job.notifier.fd, 5000));
    ck_assert(job_is_done(&nap->job));
    ck_assert(went_well(nap));
    job_release(&nap->job);
    expect_destroyed(1);
    notifier_after_fork(); /* closes what is kept for the next */
}
END_TEST

START_TEST(descriptor_is_quiet_for_the_next_job)
{
    for (int i = 0; i < 3; i++) {
        struct nap *nap = make_nap(20 * MS);
        ck_assert_int_eq(helper_start(&nap->job, NULL), 0);
        ck_assert(!readable(nap->job.notifier.fd, 0));
        ck_assert(readable(nap->job.notifier.fd, 5000));
        job_release(&nap->job);
        expect_destroyed(i + 1);
    }
    notifier_after_fork();
}
END_TEST

/* ---- who asked goes away ---- */

static pthread_barrier_t job_began;

static void answer_late(struct job *job)
{
    struct timespec moment = {0, 50 * 1000 * 1000};
    pthread_barrier_wait(&job_began);
    nanosleep(&moment, NULL);
    ((struct nap *)job)->ns = 1;
}

static struct nap *make_late_answer(void)
{
    struct nap *nap = make_nap(0);
    job_init(&nap->job, answer_late, free_nap);
    return nap;
}

START_TEST(last_owner_destroys)
{
    struct nap *unused = make_late_answer();
    pthread_barrier_init(&job_began, NULL, 2);
    job_release(&unused->job);
    expect_destroyed(1);

    struct nap *awaited = make_late_answer();
    ck_assert_int_eq(helper_start(&awaited->job, NULL), 0);
    pthread_barrier_wait(&job_began);
    ck_assert(readable(awaited->job.notifier.fd, 5000));
    usleep(10000);
    expect_destroyed(1);
    job_release(&awaited->job);
    expect_destroyed(2);

    struct nap *abandoned = make_late_answer();
    ck_assert_int_eq(helper_start(&abandoned->job, NULL), 0);
    pthread_barrier_wait(&job_began);
    job_release(&abandoned->job);
    expect_destroyed(3);
    notifier_after_fork();
}
END_TEST

static void *ask(void *job)
{
    helper_start(job, tasks_self());
    while (!job_is_done(job))
        task_park(tasks_self(), CLOCK_NEVER, INTERRUPT_NEVER, "helper thread");
    return job;
}

static void *end_meanwhile(void *job)
{
    tasks_begin();
    tasks_spawn(ask, job);
    tasks_settle();
    pthread_barrier_wait(&job_began);
    tasks_end();
    return job;
}

/* A thread that ends drops its tasks: the helper still wakes the one that was. */
START_TEST(answer_to_a_task_that_is_gone_harms_nobody)
{
    pthread_t thread;
    struct nap *nap = make_late_answer();
    tasks_configure();
    pthread_barrier_init(&job_began, NULL, 2);
    ck_assert_int_eq(pthread_create(&thread, NULL, end_meanwhile, nap), 0);
    pthread_join(thread, NULL);
    tasks_begin();
    while (!job_is_done(&nap->job))
        tasks_pause(1 * MS);
    tasks_pause(50 * MS); /* the helper goes on to wake the task that was */
    tasks_end();
    job_release(&nap->job);
    expect_destroyed(1);
}
END_TEST

SUITE("helper", ONCE(job_runs_elsewhere_and_others_run_meanwhile), ONCE(main_task_has_jobs_too),
      ONCE(jobs_run_side_by_side), ONCE(every_job_has_its_turn), ONCE(thread_is_used_again),
      ONCE(idle_threads_end), EACH(forked_child_has_helpers_of_its_own, !GREQ_THREAD_SANITIZER),
      ONCE(threads_share_the_helpers), ONCE(descriptor_tells_that_it_is_done),
      ONCE(descriptor_is_quiet_for_the_next_job), ONCE(last_owner_destroys),
      ONCE(answer_to_a_task_that_is_gone_harms_nobody))
