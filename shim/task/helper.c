#include "task/helper.h"

#include "sys/clock.h"
#include "sys/futex.h"
#include "sys/kernel.h"
#include "sys/spin.h"
#include "task/internal.h"

#include <errno.h>
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

static struct job *take_job(void)
{
    struct job *job = pool.first;
    if (job) {
        pool.first = job->next;
        pool.queued--;
    }
    return job;
}

/* ---- a helper thread ---- */

/* The next job, or NULL when there has been none for a while. */
static struct job *wait_for_job(void)
{
    static const struct timespec limit = {IDLE_SECONDS, 0};
    spin_acquire(&pool.lock);
    struct job *job = take_job();
    uint64_t give_up = job ? 0 : clock_after(IDLE_SECONDS * NS_PER_SECOND);
    while (!job && clock_now() < give_up) {
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
    spin_release(&pool.lock);
    return job;
}

static void *helper_main(void *unused)
{
    struct job *job;
    (void)unused;
    this_thread.passing = true;
    while ((job = wait_for_job())) {
        job->run(job);
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

/* With the lock held. Returns whether the job was still there. */
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

void helper_after_fork(void)
{
    pool.first = pool.last = NULL;
    pool.queued = pool.threads = pool.idle = 0;
    pool.forks++;
    spin_release(&pool.lock);
    notifier_after_fork();
}
