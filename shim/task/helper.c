/*
 * helper.c: a queue of jobs, and as many threads as they need.
 *
 *     with the lock held  the queue
 *     a helper thread     takes jobs, and ends when there was none for a while
 *     who asks            puts a job there, and starts a thread if it needs one
 *     fork                waits for jobs that are in libc; a child begins with no threads
 */
#include "task/helper.h"

#include "sys/check.h"
#include "sys/clock.h"
#include "sys/futex.h"
#include "sys/kernel.h"
#include "sys/spin.h"
#include "task/internal.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#define MAX_HELPERS  64
#define IDLE_SECONDS 2

static struct {
    char lock;
    struct job *first, *last;
    unsigned queued, threads;
    unsigned idle;   /* threads that wait for a job */
    uint32_t posted; /* futex: counts jobs */
    uint32_t forks;  /* counts the pools that were lost in forked children */
    unsigned held;   /* forks that hold jobs in libc back */
    uint32_t busy;   /* futex: jobs in libc that a fork would wait for */
    uint32_t round;  /* of `busy`: counts how often a fork has given up to wait */
} pool;

/* ---- with the lock held ---- */

static void add_job(struct job *job)
{
    job->next = NULL;
    if (pool.first)
        pool.last->next = job;
    else
        pool.first = job;
    pool.last = job;
    pool.queued++;
    pool.posted++;
}

/* Returns whether the job was still there. */
static bool remove_job(struct job *job)
{
    struct job *previous = NULL, *each = pool.first;
    for (; each && each != job; each = each->next)
        previous = each;
    if (!each)
        return false;
    *(previous ? &previous->next : &pool.first) = job->next;
    if (pool.last == job)
        pool.last = previous;
    pool.queued--;
    return true;
}

/* The first that may be begun now, or NULL. */
static struct job *take_job(void)
{
    struct job *job = pool.first;
    while (job && job->is_in_libc && pool.held)
        job = job->next;
    if (!job)
        return NULL;
    remove_job(job);
    pool.busy += job->is_in_libc;
    return job;
}

/* ---- a helper thread ---- */

/* The next job, or NULL when there has been none for a while. */
static struct job *wait_for_job(uint32_t *round)
{
    static const struct timespec limit = {IDLE_SECONDS, 0};
    spin_acquire(&pool.lock);
    struct job *job = take_job();
    uint64_t give_up = job ? 0 : clock_after(IDLE_SECONDS * NS_PER_SECOND);
    while (!job && (pool.first || clock_now() < give_up)) {
        uint32_t posted = pool.posted;
        pool.idle++;
        spin_release(&pool.lock);
        futex_wait(&pool.posted, posted, &limit);
        spin_acquire(&pool.lock);
        pool.idle--;
        job = take_job();
    }
    if (!job)
        pool.threads--;
    *round = pool.round;
    spin_release(&pool.lock);
    return job;
}

/* A fork that waits for it waits no longer. */
static void leave_libc(uint32_t round)
{
    spin_acquire(&pool.lock);
    if (round == pool.round && !--pool.busy && pool.held)
        futex_wake(&pool.busy, INT_MAX);
    spin_release(&pool.lock);
}

/* `round`: of the pool when it was taken. */
static void run_job(struct job *job, uint32_t round)
{
    job->run(job);
    if (job->is_in_libc)
        leave_libc(round);
}

/* But for those that nobody can block, and two that are libc's own. */
static bool blocks_all_signals(void)
{
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    return sigismember(&blocked, SIGINT) && sigismember(&blocked, SIGCHLD) &&
           sigismember(&blocked, SIGUSR1) && sigismember(&blocked, SIGRTMAX);
}

static void *helper_main(void *unused)
{
    struct job *job;
    uint32_t round;
    (void)unused;
    this_thread.passing = true;
    while ((job = wait_for_job(&round))) {
        CHECK(blocks_all_signals());
        run_job(job, round);
        __atomic_store_n(&job->done, 1, __ATOMIC_SEQ_CST);
        notifier_tell(&job->notifier);
        job_release(job);
    }
    return NULL;
}

/* ---- who asks ---- */

static bool start_thread(void)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int error = FALLIBLE(pthread_create, EAGAIN, &thread, &attributes, helper_main, NULL);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0;
}

/* Queues a job and sees to it that a thread will take it. Returns false when none can be had. */
static bool post(struct job *job)
{
    spin_acquire(&pool.lock);
    add_job(job);
    bool start = pool.queued > pool.idle && pool.threads < MAX_HELPERS;
    pool.threads += start;
    spin_release(&pool.lock);
    futex_wake(&pool.posted, 1);
    if (!start || start_thread())
        return true;
    spin_acquire(&pool.lock);
    bool abandoned = --pool.threads == 0 && remove_job(job);
    spin_release(&pool.lock);
    return !abandoned;
}

void job_init(struct job *job, void (*run)(struct job *job), void (*destroy)(struct job *job))
{
    *job = (struct job){.run = run, .destroy = destroy, .notifier.fd = -1, .owners = 1};
}

void job_release(struct job *job)
{
    CHECK(__atomic_load_n(&job->owners, __ATOMIC_RELAXED));
    if (__atomic_sub_fetch(&job->owners, 1, __ATOMIC_ACQ_REL))
        return;
    notifier_close(&job->notifier);
    job->destroy(job);
}

/* Posts it with the helper thread as its second owner. */
static bool lend(struct job *job)
{
    job->owners = 2;
    job->forks = pool.forks;
    if (post(job))
        return true;
    job->owners = 1;
    return false;
}

int helper_start(struct job *job, struct task *task)
{
    notifier_open(&job->notifier, task);
    return lend(job) ? 0 : ENOTSUP;
}

/* In a forked child nobody has the job any more. */
static void start_again(struct job *job)
{
    notifier_renew(&job->notifier);
    if (lend(job))
        return;
    job->owners = 1;
    job->forks = pool.forks;
    job->run(job);
    job->done = 1;
}

bool job_is_done(struct job *job)
{
    if (!__atomic_load_n(&job->done, __ATOMIC_SEQ_CST) && job->forks != pool.forks)
        start_again(job);
    return __atomic_load_n(&job->done, __ATOMIC_SEQ_CST);
}

/* ---- fork ---- */

#define LONGEST_HOLD NS_PER_SECOND

/* With the lock held, which is let go meanwhile. Returns whether there is none left. */
static bool wait_for_libc(void)
{
    uint64_t now = clock_now(), give_up = now + LONGEST_HOLD;
    for (; pool.busy && now < give_up; now = clock_now()) {
        struct timespec left = clock_to_timespec(give_up - now);
        uint32_t busy = pool.busy;
        spin_release(&pool.lock);
        futex_wait(&pool.busy, busy, &left);
        spin_acquire(&pool.lock);
    }
    return !pool.busy;
}

bool helper_hold(void)
{
    spin_acquire(&pool.lock);
    pool.held++;
    bool all_out = !pool.busy || wait_for_libc();
    if (!all_out) {
        pool.busy = 0;
        pool.round++;
    }
    spin_release(&pool.lock);
    return all_out;
}

void helper_release(void)
{
    spin_acquire(&pool.lock);
    pool.held--;
    pool.posted++;
    spin_release(&pool.lock);
    futex_wake(&pool.posted, INT_MAX);
}

void helper_after_fork(void)
{
    pool.held = pool.busy = 0;
    pool.round++;
    pool.first = pool.last = NULL;
    pool.queued = pool.threads = pool.idle = 0;
    pool.forks++;
    spin_release(&pool.lock);
    notifier_after_fork();
}
