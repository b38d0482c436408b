/*
 * The table of who waits for which lock, and how a wait ends.
 *
 * A native task is woken directly, other hosts by an eventfd: at most 128 of them, and who gets
 * none looks every 20 ms. Since code that no hook sees may let a lock go, each wait looks again
 * after 10 ms (1 ms for semaphores and what other processes share), doubling up to a second. A
 * condition cannot be looked at: its wait ends by itself after ten seconds, a spurious wake-up that
 * POSIX allows.
 */
#include "call/lock_wait.h"

#include "call/mutex.h"
#include "sys/check.h"
#include "sys/clock.h"
#include "sys/kernel.h"
#include "sys/table.h"
#include "task/notifier.h"
#include "task/task.h"

#include <unistd.h>

/* A slot is claimed by storing the lock's address, in the first free place from that of its hash
 * value on, and is told from a stale one by its state. */
struct lock_waiter {
    const void *lock; /* atomic; NULL: free */
    uint32_t state;   /* atomic; enum waiter_state */
    int waker;        /* atomic; thread id, 0: none yet */
    struct notifier notifier;
    const struct thread *thread;
    uint16_t generation; /* of the task that is parked */
    bool parks;          /* in a host; else it waits in libc */
};

/*
 * What may follow what:
 *
 *     IDLE -- armed --> WAITING <-- armed again -- TOLD
 *                          +-------- woken ----------^
 *
 * and from all of them IDLE, when the wait is over. A slot is given back in that state.
 */
enum waiter_state { WAITER_IDLE, WAITER_WAITING, WAITER_TOLD };

#define MAX_WAITERS (1 << 14)
static TABLE struct lock_waiter waiters[MAX_WAITERS];

TABLE uint32_t lock_waiting[LOCK_BUCKETS];

/* How many places from a hash value's first one on may be in use for it. Never lowered. */
static TABLE uint32_t reach[LOCK_BUCKETS];

/* Some lock has been waited for; never cleared. Else a forked child need not look at the table,
 * which it would have to touch for that. Atomic. */
static bool is_used;

/* Pauses between two looks double from their first value to this; without a notifier to the second.
 */
#define LONGEST_PAUSE       NS_PER_SECOND
#define LONGEST_BLIND_PAUSE (20 * NS_PER_MS)

static struct lock_waiter *place(unsigned bucket, uint32_t distance)
{
    return &waiters[(bucket * (MAX_WAITERS / LOCK_BUCKETS) + distance) % MAX_WAITERS];
}

static uint32_t reach_of(unsigned bucket)
{
    return __atomic_load_n(&reach[bucket], __ATOMIC_SEQ_CST);
}

static void raise_reach(unsigned bucket, uint32_t distance)
{
    uint32_t now = reach_of(bucket);
    while (now < distance && !__atomic_compare_exchange_n(&reach[bucket], &now, distance, true,
                                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        ;
}

/* ---- slots ---- */

static struct lock_waiter *claim(const void *lock)
{
    unsigned bucket = lock_bucket(lock);
    __atomic_store_n(&is_used, true, __ATOMIC_RELAXED);
    for (uint32_t distance = 0; distance < MAX_WAITERS; distance++) {
        struct lock_waiter *waiter = place(bucket, distance);
        const void *nobody = NULL;
        if (__atomic_load_n(&waiter->lock, __ATOMIC_RELAXED) ||
            !__atomic_compare_exchange_n(&waiter->lock, &nobody, lock, false, __ATOMIC_SEQ_CST,
                                         __ATOMIC_RELAXED))
            continue;
        raise_reach(bucket, distance + 1);
        __atomic_fetch_add(&lock_waiting[bucket], 1, __ATOMIC_SEQ_CST);
        return waiter;
    }
    return NULL;
}

static struct lock_waiter *occupy(const struct call *call, const void *lock, bool parks)
{
    struct lock_waiter *waiter = claim(lock);
    if (!waiter)
        return NULL;
    waiter->thread = call->thread;
    waiter->parks = parks;
    waiter->notifier = (struct notifier){.fd = -1};
    __atomic_store_n(&waiter->waker, 0, __ATOMIC_RELAXED);
    return waiter;
}

/* Its state is idle by now. */
static void vacate(struct lock_waiter *waiter)
{
    unsigned bucket = lock_bucket(waiter->lock);
    CHECK(waiter->lock && waiter->state == WAITER_IDLE);
    notifier_close(&waiter->notifier);
    __atomic_store_n(&waiter->lock, NULL, __ATOMIC_RELEASE);
    __atomic_fetch_sub(&lock_waiting[bucket], 1, __ATOMIC_RELAXED);
}

static bool change_state(struct lock_waiter *waiter, uint32_t from, uint32_t to)
{
    return __atomic_compare_exchange_n(&waiter->state, &from, to, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_RELAXED);
}

/* The task was dropped with its thread, or is of a parent process. */
static bool is_orphan(const struct lock_waiter *waiter)
{
    const struct task *task = waiter->notifier.task;
    return task && task_is_over(task, waiter->generation);
}

/* ---- waiting ---- */

/* A spin lock is waited for like one, and is an int. */
static bool is_mutex(enum call_id id)
{
    return call_role(id) == ROLE_MUTEX && id != CALL_pthread_spin_lock;
}

struct lock_waiter *lock_wait_begin(const struct call *call, const void *lock)
{
    CHECK(!is_mutex(call->log.id) || !mutex_needs_libc(lock));
    struct lock_waiter *waiter = occupy(call, lock, true);
    struct task *task = host_task(call->host, call->thread);
    if (!waiter)
        return NULL;
    if (task)
        waiter->generation = task_generation(task);
    notifier_open(&waiter->notifier, task);
    return waiter;
}

void lock_wait_arm(struct lock_waiter *waiter)
{
    if (waiter &&
        __atomic_exchange_n(&waiter->state, WAITER_WAITING, __ATOMIC_SEQ_CST) == WAITER_TOLD)
        notifier_clear(&waiter->notifier);
}

bool lock_wait_is_told(const struct lock_waiter *waiter)
{
    return __atomic_load_n(&waiter->state, __ATOMIC_SEQ_CST) == WAITER_TOLD;
}

static bool can_be_told(const struct lock_waiter *waiter)
{
    return waiter && (waiter->notifier.task || waiter->notifier.fd >= 0);
}

static void lengthen(uint64_t *pause, uint64_t longest)
{
    *pause *= 2;
    if (*pause > longest)
        *pause = longest;
}

enum wake lock_wait_park(struct call *call, struct lock_waiter *waiter, uint64_t deadline,
                         uint64_t *pause, enum interruption interruption)
{
    struct pollfd interest;
    size_t count = waiter ? notifier_interest(&waiter->notifier, &interest) : 0;
    if (waiter && lock_wait_is_told(waiter))
        return WAKE_RETRY;
    uint64_t next_look = clock_after(*pause);
    enum wake wake = call_wait(call, &interest, count, deadline < next_look ? deadline : next_look,
                               interruption);
    if (wake == WAKE_CLOSED)
        notifier_renew(&waiter->notifier);
    if (waiter && lock_wait_is_told(waiter))
        *pause = LOCK_PAUSE_SHORT; /* who has told it may only be about to let go */
    else
        lengthen(pause, can_be_told(waiter) ? LONGEST_PAUSE : LONGEST_BLIND_PAUSE);
    return wake;
}

/* By a raw system call: a thread that is cancelled here would leave without the mutex that it must
 * have then. */
void lock_wait_block(const struct lock_waiter *waiter, uint64_t deadline)
{
    struct pollfd interest;
    size_t count = notifier_interest(&waiter->notifier, &interest);
    uint64_t now = clock_now(), longest = count ? LONGEST_PAUSE : LONGEST_BLIND_PAUSE;
    uint64_t left = deadline > now ? deadline - now : 0;
    struct timespec timeout = clock_to_timespec(left < longest ? left : longest);
    KERNEL(ppoll, &interest, count, &timeout, NULL, (size_t)0);
}

int lock_wait_end(struct lock_waiter *waiter, bool taken)
{
    if (!waiter)
        return 0;
    const void *lock = waiter->lock;
    bool parks = waiter->parks;
    uint32_t state = __atomic_exchange_n(&waiter->state, WAITER_IDLE, __ATOMIC_SEQ_CST);
    int waker = __atomic_load_n(&waiter->waker, __ATOMIC_RELAXED);
    vacate(waiter);
    if (parks && state == WAITER_TOLD && !taken)
        lock_wake(lock, false);
    return waker;
}

/* ---- observing ---- */

/* A thread waits in libc for one lock at a time. */
static __thread struct lock_waiter *observing __attribute__((tls_model("initial-exec")));

void lock_observe_begin(const struct call *call)
{
    lock_observe_end();
    if (call->logged)
        observing = occupy(call, call->log.lock, false);
}

int lock_observe_end(void)
{
    struct lock_waiter *waiter = observing;
    observing = NULL;
    return lock_wait_end(waiter, true);
}

/* ---- letting go ---- */

void lock_note_waker(const void *lock)
{
    unsigned bucket = lock_bucket(lock);
    int me = gettid();
    for (uint32_t i = 0, end = reach_of(bucket); i < end; i++) {
        struct lock_waiter *waiter = place(bucket, i);
        if (__atomic_load_n(&waiter->lock, __ATOMIC_ACQUIRE) == lock)
            __atomic_store_n(&waiter->waker, me, __ATOMIC_RELAXED);
    }
}

static void drop_orphan(struct lock_waiter *waiter)
{
    if (change_state(waiter, WAITER_WAITING, WAITER_IDLE) ||
        change_state(waiter, WAITER_TOLD, WAITER_IDLE))
        vacate(waiter);
}

/* Returns whether a call that waits for the lock is woken by it. */
static bool tell(struct lock_waiter *waiter, const void *lock)
{
    if (!waiter->parks)
        return false;
    if (is_orphan(waiter)) {
        drop_orphan(waiter);
        return false;
    }
    if (!change_state(waiter, WAITER_WAITING, WAITER_TOLD))
        return false;
    notifier_tell(&waiter->notifier);
    /* The slot may have come to be another lock's meanwhile; that one only looks once more. */
    return __atomic_load_n(&waiter->lock, __ATOMIC_SEQ_CST) == lock;
}

void lock_wake(const void *lock, bool all)
{
    unsigned bucket = lock_bucket(lock);
    fork_guard_check();
    for (uint32_t i = 0, end = reach_of(bucket); i < end; i++) {
        struct lock_waiter *waiter = place(bucket, i);
        if (__atomic_load_n(&waiter->lock, __ATOMIC_ACQUIRE) == lock && tell(waiter, lock) && !all)
            return;
    }
}

/* ---- fork ---- */

static void adopt_or_drop(struct lock_waiter *waiter)
{
    if (waiter->thread != &this_thread) {
        waiter->notifier.fd = -1;
        waiter->state = WAITER_IDLE;
        vacate(waiter);
    } else if (waiter->notifier.fd >= 0) {
        notifier_renew(&waiter->notifier);
    }
}

void lock_wait_after_fork(void)
{
    if (!is_used)
        return;
    for (unsigned bucket = 0; bucket < LOCK_BUCKETS; bucket++)
        for (uint32_t i = 0; lock_waiting[bucket] && i < reach[bucket]; i++) {
            struct lock_waiter *waiter = place(bucket, i);
            if (waiter->lock && lock_bucket(waiter->lock) == bucket)
                adopt_or_drop(waiter);
        }
}
