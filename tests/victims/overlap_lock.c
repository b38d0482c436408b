/* overlap_lock: tasks that wait for a lock, each for one of its own, which a thread has taken and
 * lets go after a while. */
#include "facts.h"
#include "overlap.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <threads.h>
#include <time.h>

struct lock {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    pthread_rwlock_t rwlock;
    sem_t semaphore;
    int set; /* System V's */
    pthread_spinlock_t spin;
    mtx_t mtx;
    cnd_t cnd;
    bool signalled;
};

/* A thread that has something taken, says so, and lets it go after overlap_wait_ms. */
struct holder {
    struct lock lock;
    void (*take)(struct lock *lock);
    void (*let_go)(struct lock *lock);
    pthread_t thread;
    int ready; /* atomic */
};

static void *hold(void *argument)
{
    struct holder *holder = argument;
    holder->take(&holder->lock);
    __atomic_store_n(&holder->ready, 1, __ATOMIC_RELEASE);
    raw_sleep_ms(overlap_wait_ms);
    holder->let_go(&holder->lock);
    return NULL;
}

static void take_nothing(struct lock *lock)
{
    (void)lock;
}

static void take_mutex(struct lock *lock)
{
    pthread_mutex_lock(&lock->mutex);
}

static void let_mutex_go(struct lock *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}

static void take_rwlock(struct lock *lock)
{
    pthread_rwlock_wrlock(&lock->rwlock);
}

static void let_rwlock_go(struct lock *lock)
{
    pthread_rwlock_unlock(&lock->rwlock);
}

static void signal_cond(struct lock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    lock->signalled = true;
    pthread_cond_signal(&lock->cond);
    pthread_mutex_unlock(&lock->mutex);
}

static void post_semaphore(struct lock *lock)
{
    sem_post(&lock->semaphore);
}

static void give_set(struct lock *lock)
{
    struct sembuf up = {0, 1, 0};
    must(semop(lock->set, &up, 1), "semop");
}

static void take_spin(struct lock *lock)
{
    pthread_spin_lock(&lock->spin);
}

static void let_spin_go(struct lock *lock)
{
    pthread_spin_unlock(&lock->spin);
}

static void take_mtx(struct lock *lock)
{
    mtx_lock(&lock->mtx);
}

static void let_mtx_go(struct lock *lock)
{
    mtx_unlock(&lock->mtx);
}

static void signal_cnd(struct lock *lock)
{
    mtx_lock(&lock->mtx);
    lock->signalled = true;
    cnd_signal(&lock->cnd);
    mtx_unlock(&lock->mtx);
}

/* Has a thread take something, calls wait(), and finds the lock well at the end. */
static bool wait_for(void (*take)(struct lock *), void (*let_go)(struct lock *),
                     bool (*wait)(struct lock *lock))
{
    struct holder *holder = calloc(1, sizeof *holder);
    struct lock *lock = &holder->lock;
    pthread_mutex_init(&lock->mutex, NULL);
    pthread_cond_init(&lock->cond, NULL);
    pthread_rwlock_init(&lock->rwlock, NULL);
    sem_init(&lock->semaphore, 0, 0);
    lock->set = must(semget(IPC_PRIVATE, 1, 0600), "semget");
    pthread_spin_init(&lock->spin, PTHREAD_PROCESS_PRIVATE);
    mtx_init(&lock->mtx, mtx_timed);
    cnd_init(&lock->cnd);
    holder->take = take;
    holder->let_go = let_go;
    must(-pthread_create(&holder->thread, NULL, hold, holder), "pthread_create");
    while (!__atomic_load_n(&holder->ready, __ATOMIC_ACQUIRE))
        sched_yield();
    bool right = wait(lock);
    pthread_join(holder->thread, NULL);
    right = right && pthread_mutex_destroy(&lock->mutex) == 0 &&
            pthread_cond_destroy(&lock->cond) == 0 && pthread_rwlock_destroy(&lock->rwlock) == 0 &&
            sem_destroy(&lock->semaphore) == 0 && semctl(lock->set, 0, IPC_RMID) == 0;
    free(holder);
    return right;
}

static struct timespec soon(clockid_t clock)
{
    struct timespec until;
    clock_gettime(clock, &until);
    until.tv_sec += 20;
    return until;
}

/* ---- mutexes ---- */

static bool lock_mutex(struct lock *lock)
{
    return pthread_mutex_lock(&lock->mutex) == 0 && pthread_mutex_unlock(&lock->mutex) == 0;
}

static bool timedlock_mutex(struct lock *lock)
{
    struct timespec until = soon(CLOCK_REALTIME);
    return pthread_mutex_timedlock(&lock->mutex, &until) == 0 &&
           pthread_mutex_unlock(&lock->mutex) == 0;
}

static bool clocklock_mutex(struct lock *lock)
{
    struct timespec until = soon(CLOCK_MONOTONIC);
    return pthread_mutex_clocklock(&lock->mutex, CLOCK_MONOTONIC, &until) == 0 &&
           pthread_mutex_unlock(&lock->mutex) == 0;
}

/* ---- conditions ---- */

static bool wait_cond(struct lock *lock)
{
    int error = pthread_mutex_lock(&lock->mutex);
    while (!lock->signalled && !error)
        error = pthread_cond_wait(&lock->cond, &lock->mutex);
    return error == 0 && pthread_mutex_unlock(&lock->mutex) == 0;
}

static bool timedwait_cond(struct lock *lock)
{
    struct timespec until = soon(CLOCK_REALTIME);
    int error = pthread_mutex_lock(&lock->mutex);
    while (!lock->signalled && !error)
        error = pthread_cond_timedwait(&lock->cond, &lock->mutex, &until);
    return error == 0 && pthread_mutex_unlock(&lock->mutex) == 0;
}

static bool clockwait_cond(struct lock *lock)
{
    struct timespec until = soon(CLOCK_MONOTONIC);
    int error = pthread_mutex_lock(&lock->mutex);
    while (!lock->signalled && !error)
        error = pthread_cond_clockwait(&lock->cond, &lock->mutex, CLOCK_MONOTONIC, &until);
    return error == 0 && pthread_mutex_unlock(&lock->mutex) == 0;
}

/* ---- read-write locks ---- */

static bool unlock_rwlock(struct lock *lock)
{
    return pthread_rwlock_unlock(&lock->rwlock) == 0;
}

static bool rdlock(struct lock *lock)
{
    return pthread_rwlock_rdlock(&lock->rwlock) == 0 && unlock_rwlock(lock);
}

static bool wrlock(struct lock *lock)
{
    return pthread_rwlock_wrlock(&lock->rwlock) == 0 && unlock_rwlock(lock);
}

static bool timedrdlock(struct lock *lock)
{
    struct timespec until = soon(CLOCK_REALTIME);
    return pthread_rwlock_timedrdlock(&lock->rwlock, &until) == 0 && unlock_rwlock(lock);
}

static bool timedwrlock(struct lock *lock)
{
    struct timespec until = soon(CLOCK_REALTIME);
    return pthread_rwlock_timedwrlock(&lock->rwlock, &until) == 0 && unlock_rwlock(lock);
}

static bool clockrdlock(struct lock *lock)
{
    struct timespec until = soon(CLOCK_MONOTONIC);
    return pthread_rwlock_clockrdlock(&lock->rwlock, CLOCK_MONOTONIC, &until) == 0 &&
           unlock_rwlock(lock);
}

static bool clockwrlock(struct lock *lock)
{
    struct timespec until = soon(CLOCK_MONOTONIC);
    return pthread_rwlock_clockwrlock(&lock->rwlock, CLOCK_MONOTONIC, &until) == 0 &&
           unlock_rwlock(lock);
}

/* ---- semaphores ---- */

static bool wait_semaphore(struct lock *lock)
{
    return sem_wait(&lock->semaphore) == 0;
}

static bool timedwait_semaphore(struct lock *lock)
{
    struct timespec until = soon(CLOCK_REALTIME);
    return sem_timedwait(&lock->semaphore, &until) == 0;
}

static bool clockwait_semaphore(struct lock *lock)
{
    struct timespec until = soon(CLOCK_MONOTONIC);
    return sem_clockwait(&lock->semaphore, CLOCK_MONOTONIC, &until) == 0;
}

/* ---- System V's semaphores, spin locks ---- */

static bool take_set(struct lock *lock)
{
    struct sembuf down = {0, -1, 0};
    return semop(lock->set, &down, 1) == 0;
}

static bool take_set_in_time(struct lock *lock)
{
    struct sembuf down = {0, -1, 0};
    struct timespec time = {20, 0};
    return semtimedop(lock->set, &down, 1, &time) == 0;
}

static bool lock_spin(struct lock *lock)
{
    return pthread_spin_lock(&lock->spin) == 0 && pthread_spin_unlock(&lock->spin) == 0;
}

/* ---- <threads.h> ---- */

static bool lock_mtx(struct lock *lock)
{
    return mtx_lock(&lock->mtx) == thrd_success && mtx_unlock(&lock->mtx) == thrd_success;
}

static bool timedlock_mtx(struct lock *lock)
{
    struct timespec until = soon(CLOCK_REALTIME);
    return mtx_timedlock(&lock->mtx, &until) == thrd_success &&
           mtx_unlock(&lock->mtx) == thrd_success;
}

static bool wait_cnd(struct lock *lock)
{
    int outcome = mtx_lock(&lock->mtx);
    while (!lock->signalled && outcome == thrd_success)
        outcome = cnd_wait(&lock->cnd, &lock->mtx);
    return outcome == thrd_success && mtx_unlock(&lock->mtx) == thrd_success;
}

static bool timedwait_cnd(struct lock *lock)
{
    struct timespec until = soon(CLOCK_REALTIME);
    int outcome = mtx_lock(&lock->mtx);
    while (!lock->signalled && outcome == thrd_success)
        outcome = cnd_timedwait(&lock->cnd, &lock->mtx, &until);
    return outcome == thrd_success && mtx_unlock(&lock->mtx) == thrd_success;
}

#define CASE(function, take, let_go)             \
    static bool case_##function(int index)       \
    {                                            \
        (void)index;                             \
        return wait_for(take, let_go, function); \
    }
CASE(lock_mutex, take_mutex, let_mutex_go)
CASE(timedlock_mutex, take_mutex, let_mutex_go)
CASE(clocklock_mutex, take_mutex, let_mutex_go)
CASE(wait_cond, take_nothing, signal_cond)
CASE(timedwait_cond, take_nothing, signal_cond)
CASE(clockwait_cond, take_nothing, signal_cond)
CASE(rdlock, take_rwlock, let_rwlock_go)
CASE(wrlock, take_rwlock, let_rwlock_go)
CASE(timedrdlock, take_rwlock, let_rwlock_go)
CASE(timedwrlock, take_rwlock, let_rwlock_go)
CASE(clockrdlock, take_rwlock, let_rwlock_go)
CASE(clockwrlock, take_rwlock, let_rwlock_go)
CASE(wait_semaphore, take_nothing, post_semaphore)
CASE(timedwait_semaphore, take_nothing, post_semaphore)
CASE(clockwait_semaphore, take_nothing, post_semaphore)
CASE(take_set, take_nothing, give_set)
CASE(take_set_in_time, take_nothing, give_set)
CASE(lock_spin, take_spin, let_spin_go)
CASE(lock_mtx, take_mtx, let_mtx_go)
CASE(timedlock_mtx, take_mtx, let_mtx_go)
CASE(wait_cnd, take_nothing, signal_cnd)
CASE(timedwait_cnd, take_nothing, signal_cnd)

int main(int argc, char **argv)
{
    static const struct overlap_case cases[] = {
        {"pthread_mutex_lock", case_lock_mutex},
        {"pthread_mutex_timedlock", case_timedlock_mutex},
        {"pthread_mutex_clocklock", case_clocklock_mutex},
        {"pthread_cond_wait", case_wait_cond},
        {"pthread_cond_timedwait", case_timedwait_cond},
        {"pthread_cond_clockwait", case_clockwait_cond},
        {"pthread_rwlock_rdlock", case_rdlock},
        {"pthread_rwlock_wrlock", case_wrlock},
        {"pthread_rwlock_timedrdlock", case_timedrdlock},
        {"pthread_rwlock_timedwrlock", case_timedwrlock},
        {"pthread_rwlock_clockrdlock", case_clockrdlock},
        {"pthread_rwlock_clockwrlock", case_clockwrlock},
        {"sem_wait", case_wait_semaphore},
        {"sem_timedwait", case_timedwait_semaphore},
        {"sem_clockwait", case_clockwait_semaphore},
        {"semop", case_take_set},
        {"semtimedop", case_take_set_in_time},
        {"pthread_spin_lock", case_lock_spin},
        {"mtx_lock", case_lock_mtx},
        {"mtx_timedlock", case_timedlock_mtx},
        {"cnd_wait", case_wait_cnd},
        {"cnd_timedwait", case_timedwait_cnd},
        {NULL, NULL},
    };
    return overlap_main(argc, argv, cases);
}
