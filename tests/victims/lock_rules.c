/* lock_rules: what locks say: errors, time limits and their clocks, owners, interruption. */
#include "company.h"
#include "facts.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_S 0.25

static struct timespec in(clockid_t clock, double seconds)
{
    struct timespec until;
    clock_gettime(clock, &until);
    long ns = until.tv_nsec + (long)(seconds * 1e9);
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    return until;
}

static void tell(const char *name, int error, struct start start, double least)
{
    fact("%s %s, in time %d", name, error_name(error), took(start, least));
}

/* Runs in a thread of its own: the kernel's tasks may share a thread, owners of locks do not. */
static void in_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    must(-pthread_create(&thread, NULL, run, argument), "pthread_create");
    pthread_join(thread, NULL);
}

/* ---- mutexes ---- */

static void *take(void *mutex)
{
    pthread_mutex_lock(mutex);
    return NULL;
}

static pthread_mutex_t mutex_of(int type, int robust, int shared)
{
    pthread_mutex_t mutex;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutexattr_setrobust(&attributes, robust);
    pthread_mutexattr_setpshared(&attributes, shared);
    pthread_mutex_init(&mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return mutex;
}

/* A mutex that a thread which has ended left taken. */
static void mutex_limits(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    struct timespec until, invalid = {0, 1000000000}, negative = {-1, 0};
    in_thread(take, &mutex);

    struct start start = start_now();
    until = in(CLOCK_REALTIME, LIMIT_S);
    tell("timedlock", pthread_mutex_timedlock(&mutex, &until), start, LIMIT_S);
    start = start_now();
    until = in(CLOCK_MONOTONIC, LIMIT_S);
    tell("clocklock", pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &until), start, LIMIT_S);
    start = start_now();
    until = in(CLOCK_REALTIME, -1);
    tell("timedlock in the past", pthread_mutex_timedlock(&mutex, &until), start, 0);
    fact("invalid %s", error_name(pthread_mutex_timedlock(&mutex, &invalid)));
    fact("negative %s", error_name(pthread_mutex_timedlock(&mutex, &negative)));
    fact("another clock %s",
         error_name(pthread_mutex_clocklock(&mutex, CLOCK_PROCESS_CPUTIME_ID, &until)));
    fact("errno is kept %s", error_name(errno = EPIPE));

    pthread_mutex_t free_one = PTHREAD_MUTEX_INITIALIZER;
    fact("free, invalid %s", error_name(pthread_mutex_timedlock(&free_one, &invalid)));
    fact("unlock %s", error_name(pthread_mutex_unlock(&free_one)));
}

static void mutex_owners(void)
{
    pthread_mutex_t checked =
        mutex_of(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
    pthread_mutex_t recursive =
        mutex_of(PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
    fact("checked: lock %s", error_name(pthread_mutex_lock(&checked)));
    fact("again %s", error_name(pthread_mutex_lock(&checked)));
    fact("unlock %s", error_name(pthread_mutex_unlock(&checked)));
    fact("again %s", error_name(pthread_mutex_unlock(&checked)));
    fact("recursive: lock %s", error_name(pthread_mutex_lock(&recursive)));
    fact("again %s", error_name(pthread_mutex_lock(&recursive)));
    fact("unlock %s", error_name(pthread_mutex_unlock(&recursive)));
    fact("again %s", error_name(pthread_mutex_unlock(&recursive)));
    fact("once more %s", error_name(pthread_mutex_unlock(&recursive)));
    fact("destroy %s %s", error_name(pthread_mutex_destroy(&checked)),
         error_name(pthread_mutex_destroy(&recursive)));
}

static bool is_taken;

static void *take_and_wait(void *mutex)
{
    pthread_mutex_lock(mutex);
    __atomic_store_n(&is_taken, true, __ATOMIC_RELEASE);
    raw_sleep_ms(100);
    return NULL;
}

/* The owner ends without letting go, before it is waited for and during that. */
static void robust_mutex(void)
{
    pthread_mutex_t mutex =
        mutex_of(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_PRIVATE);
    pthread_t thread;
    in_thread(take, &mutex);
    fact("robust %s", error_name(pthread_mutex_lock(&mutex)));
    fact("consistent %s", error_name(pthread_mutex_consistent(&mutex)));
    fact("unlock %s", error_name(pthread_mutex_unlock(&mutex)));
    is_taken = false;
    must(-pthread_create(&thread, NULL, take_and_wait, &mutex), "pthread_create");
    while (!__atomic_load_n(&is_taken, __ATOMIC_ACQUIRE))
        raw_sleep_ms(1);
    fact("robust %s", error_name(pthread_mutex_lock(&mutex)));
    fact("unlock %s", error_name(pthread_mutex_unlock(&mutex)));
    fact("not made consistent %s", error_name(pthread_mutex_lock(&mutex)));
    pthread_join(thread, NULL);
}

static void priority_mutex(void)
{
    pthread_mutex_t mutex;
    pthread_mutexattr_t attributes;
    struct timespec until = in(CLOCK_REALTIME, 0.01);
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&mutex, &attributes);
    fact("inheriting: lock %s", error_name(pthread_mutex_lock(&mutex)));
    fact("again %s", error_name(pthread_mutex_timedlock(&mutex, &until)));
    fact("unlock %s", error_name(pthread_mutex_unlock(&mutex)));
    pthread_mutexattr_destroy(&attributes);
}

/* ---- conditions ---- */

static void cond_limits(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond = PTHREAD_COND_INITIALIZER, monotonic;
    pthread_condattr_t attributes;
    struct timespec until, invalid = {0, -1};
    struct start start = start_now();
    int error = 0;
    until = in(CLOCK_REALTIME, LIMIT_S);
    pthread_mutex_lock(&mutex);
    while (!error)
        error = pthread_cond_timedwait(&cond, &mutex, &until);
    tell("cond", error, start, LIMIT_S);
    fact("invalid %s", error_name(pthread_cond_timedwait(&cond, &mutex, &invalid)));

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&monotonic, &attributes);
    start = start_now();
    until = in(CLOCK_MONOTONIC, LIMIT_S);
    for (error = 0; !error;)
        error = pthread_cond_timedwait(&monotonic, &mutex, &until);
    tell("monotonic cond", error, start, LIMIT_S);
    start = start_now();
    until = in(CLOCK_REALTIME, LIMIT_S);
    for (error = 0; !error;)
        error = pthread_cond_clockwait(&monotonic, &mutex, CLOCK_REALTIME, &until);
    tell("cond by another clock", error, start, LIMIT_S);
    fact("the mutex is ours: %s", error_name(pthread_mutex_unlock(&mutex)));
    fact("destroy %s %s", error_name(pthread_cond_destroy(&cond)),
         error_name(pthread_cond_destroy(&monotonic)));

    pthread_mutex_t checked =
        mutex_of(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE);
    pthread_cond_t another = PTHREAD_COND_INITIALIZER;
    fact("with a mutex that is not ours %s", error_name(pthread_cond_wait(&another, &checked)));
}

/* ---- read-write locks ---- */

static void *take_to_read(void *lock)
{
    pthread_rwlock_rdlock(lock);
    return NULL;
}

static void rwlock_limits(void)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    struct timespec until, invalid = {0, 1000000000};
    in_thread(take_to_read, &lock);
    struct start start = start_now();
    until = in(CLOCK_REALTIME, LIMIT_S);
    tell("wrlock", pthread_rwlock_timedwrlock(&lock, &until), start, LIMIT_S);
    start = start_now();
    until = in(CLOCK_MONOTONIC, LIMIT_S);
    tell("wrlock", pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &until), start, LIMIT_S);
    fact("invalid %s", error_name(pthread_rwlock_timedwrlock(&lock, &invalid)));
    fact("rdlock %s", error_name(pthread_rwlock_timedrdlock(&lock, &until)));
    fact("unlock %s", error_name(pthread_rwlock_unlock(&lock)));
    fact("unlock for the other %s", error_name(pthread_rwlock_unlock(&lock)));
    fact("wrlock %s", error_name(pthread_rwlock_wrlock(&lock)));
    fact("again %s", error_name(pthread_rwlock_wrlock(&lock)));
    fact("rdlock %s", error_name(pthread_rwlock_rdlock(&lock)));
    fact("unlock %s", error_name(pthread_rwlock_unlock(&lock)));
    fact("destroy %s", error_name(pthread_rwlock_destroy(&lock)));
}

/* ---- semaphores ---- */

static void semaphore_limits(void)
{
    sem_t semaphore;
    struct timespec until, invalid = {0, 1000000000};
    sem_init(&semaphore, 0, 1);
    errno = EPIPE;
    fact("sem_wait %s", outcome(sem_wait(&semaphore)));
    fact("errno %s", error_name(errno));
    struct start start = start_now();
    until = in(CLOCK_REALTIME, LIMIT_S);
    const char *what = outcome(sem_timedwait(&semaphore, &until));
    fact("sem_timedwait %s, in time %d", what, took(start, LIMIT_S));
    start = start_now();
    until = in(CLOCK_MONOTONIC, LIMIT_S);
    what = outcome(sem_clockwait(&semaphore, CLOCK_MONOTONIC, &until));
    fact("sem_clockwait %s, in time %d", what, took(start, LIMIT_S));
    sem_post(&semaphore);
    fact("there is one, invalid %s", outcome(sem_timedwait(&semaphore, &invalid)));
    fact("there is one, late %s", outcome(sem_timedwait(&semaphore, &until)));
    sem_destroy(&semaphore);
}

static pthread_t waiting;
static bool is_over;

static void *signal_later(void *unused)
{
    raw_sleep_ms(100);
    pthread_kill(waiting, SIGUSR1);
    return unused;
}

/* Where the first comes before the wait has begun, the next one ends it. */
static void *signal_until_over(void *unused)
{
    signal_later(NULL);
    for (int i = 0; !__atomic_load_n(&is_over, __ATOMIC_ACQUIRE); i++) {
        raw_sleep_ms(5);
        if (i % 100 == 99)
            pthread_kill(waiting, SIGUSR1);
    }
    return unused;
}

static sem_t posted;

static void *signal_then_post(void *unused)
{
    signal_later(NULL);
    raw_sleep_ms(100);
    sem_post(&posted);
    return unused;
}

static void handle(int number)
{
    (void)number;
}

static void post_in_handler(int number)
{
    (void)number;
    sem_post(&posted);
}

static void interrupted_by(void (*handler)(int), int flags, void *(*run)(void *), const char *name)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    pthread_t thread;
    waiting = pthread_self();
    is_over = false;
    sem_init(&posted, 0, 0);
    sigaction(SIGUSR1, &action, NULL);
    must(-pthread_create(&thread, NULL, run, NULL), "pthread_create");
    fact("%s: sem_wait %s", name, outcome(sem_wait(&posted)));
    __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    sem_destroy(&posted);
}

static void interruption(void)
{
    interrupted_by(handle, 0, signal_until_over, "a handler");
    interrupted_by(handle, SA_RESTART, signal_then_post, "one with SA_RESTART");
    interrupted_by(post_in_handler, SA_RESTART, signal_later, "one that posts");
}

/* ---- System V's semaphores ---- */

static int set;

static void *remove_set(void *none)
{
    raw_sleep_ms(20);
    must(semctl(set, 0, IPC_RMID), "semctl");
    return none;
}

static void removed_set(void)
{
    struct sembuf down = {0, -1, 0};
    pthread_t thread;
    set = must(semget(IPC_PRIVATE, 1, 0600), "semget");
    must(-pthread_create(&thread, NULL, remove_set, NULL), "pthread_create");
    fact("a set that is removed: semop %s", outcome(semop(set, &down, 1)));
    pthread_join(thread, NULL);
    fact("that is gone: semop %s", outcome(semop(set, &down, 1)));
}

static void limits(void)
{
    mutex_limits();
    mutex_owners();
    robust_mutex();
    priority_mutex();
    cond_limits();
    rwlock_limits();
    semaphore_limits();
    removed_set();
}

int main(void)
{
    play(limits);
    play_in_main(interruption);
}
