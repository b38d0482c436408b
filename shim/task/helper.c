#include "task/helper.h"

#include "sys/clock.h"
#include "sys/futex.h"
#include "sys/spin.h"
#include "task/task.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#define MAX_HELPERS  64
#define IDLE_SECONDS 2

static struct {
    char lock;
    struct helper_job *first, *last;
    unsigned queued, threads;
    unsigned idle;   /* threads that wait for a job */
    uint32_t posted; /* futex: counts jobs */
    unsigned forks;  /* counts the pools that were lost in forked children */
} pool;

/* ---- with the lock held ---- */

static void add_job(struct helper_job *job)
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

static struct helper_job *take_job(void)
{
    struct helper_job *job = pool.first;
    if (job) {
        pool.first = job->next;
        pool.queued--;
    }
    return job;
}

/* ---- a helper thread ---- */

/* The next job, or NULL when there has been none for a while. */
static struct helper_job *wait_for_job(void)
{
    static const struct timespec limit = {IDLE_SECONDS, 0};
    spin_acquire(&pool.lock);
    struct helper_job *job = take_job();
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
    struct helper_job *job;
    (void)unused;
    this_thread.passing = true;
    while ((job = wait_for_job())) {
        struct task *task = job->task;
        job->run(job);
        /* From here on the job's memory may be gone. */
        __atomic_store_n(&job->done, 1, __ATOMIC_SEQ_CST);
        task_wake_remote(task);
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
    int error = pthread_create(&thread, &attributes, helper_main, NULL);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0;
}

/* With the lock held. Returns whether the job was still there. */
static bool remove_job(struct helper_job *job)
{
    struct helper_job *previous = NULL, *each = pool.first;
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
static bool post(struct helper_job *job)
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

/* In a forked child nobody has the job any more: it is done once again. */
static void post_again(struct helper_job *job)
{
    if (post(job))
        return;
    job->run(job);
    job->done = 1;
}

int helper_run(struct task *task, struct helper_job *job)
{
    unsigned forks = pool.forks;
    job->task = task;
    job->done = 0;
    if (!post(job))
        return ENOTSUP;
    task->stack_lent = true;
    while (!__atomic_load_n(&job->done, __ATOMIC_SEQ_CST)) {
        task_park(task, CLOCK_NEVER, INTERRUPT_NEVER, "helper thread");
        if (forks != pool.forks)
            post_again(job);
        forks = pool.forks;
    }
    task->stack_lent = false;
    return 0;
}

void helper_after_fork(void)
{
    pool.first = pool.last = NULL;
    pool.queued = pool.threads = pool.idle = 0;
    pool.forks++;
    spin_release(&pool.lock);
}
