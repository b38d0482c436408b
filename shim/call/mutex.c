/*
 * Mutexes: who has one, when a call that wants it parks, and when it really waits.
 *
 * While another thread has the mutex the wait is first a real one, in slices of 5 ms, until the
 * owner is seen asleep twice (/proc/self/task/TID/stat). Such a mutex is remembered, and parks at
 * once the next time. Most mutexes are held for microseconds, by code in the middle of something
 * that another task of the thread must not meet: else one thread entered an allocator with
 * per-thread caches twice (tests/victims/hooking_allocator.c).
 *
 * Mutexes with priorities are always the real call, since the kernel must know who waits. While a
 * task has one no other runs, or its thread would wait for itself.
 *
 * trylock is hooked for the owner's sake: a recursive mutex that was taken by trylock let the
 * thread's other tasks in. thrd_yield is not: who spins in an allocator must not meet another task
 * there.
 */
#include "call/mutex.h"

#include "call/lock.h"
#include "call/lock_owner.h"
#include "call/lock_wait.h"
#include "config/config.h"
#include "sys/asleep.h"
#include "sys/clock.h"
#include "sys/table.h"

#include <unistd.h>

static int owner_of(const pthread_mutex_t *mutex)
{
    return __atomic_load_n(&mutex->__data.__owner, __ATOMIC_RELAXED);
}

/* Whether who has it is to be noted. */
static bool knows_owner(const pthread_mutex_t *mutex)
{
    return !mutex_asks_nobody(mutex) && config.cooperative;
}

/* A robust mutex whose owner has died is taken, too. */
static bool is_taken(int error)
{
    return error == 0 || error == EOWNERDEAD;
}

static void note_taken(const pthread_mutex_t *mutex)
{
    lock_owner_add(mutex, mutex_has_priority(mutex));
}

/* An entry of a task that was dropped says nothing. */
static bool belongs_to_other_task(const pthread_mutex_t *mutex)
{
    return owner_of(mutex) && lock_owner_of(mutex) == LOCK_OWNER_OTHER;
}

int mutex_try(pthread_mutex_t *mutex)
{
    if (!knows_owner(mutex))
        return REAL(pthread_mutex_trylock)(mutex);
    if (belongs_to_other_task(mutex))
        return EBUSY;
    int error = REAL(pthread_mutex_trylock)(mutex);
    if (is_taken(error))
        note_taken(mutex);
    return error;
}

static int try_lock(void *lock)
{
    return mutex_try(lock);
}

/* The last of a recursive mutex's releases. */
static bool lets_go(const pthread_mutex_t *mutex)
{
    return (mutex_kind(mutex) & MUTEX_TYPE) != PTHREAD_MUTEX_RECURSIVE ||
           mutex->__data.__count == 1;
}

/* ---- when it is taken ---- */

static int really_lock(const struct lock_request *request)
{
    pthread_mutex_t *mutex = request->lock;
    int error = !request->until ? REAL(pthread_mutex_lock)(mutex)
                : request->clock == CLOCK_REALTIME
                    ? REAL(pthread_mutex_timedlock)(mutex, request->until)
                    : REAL(pthread_mutex_clocklock)(mutex, request->clock, request->until);
    if (is_taken(error) && knows_owner(mutex))
        note_taken(mutex);
    return error;
}

bool mutex_needs_libc(const pthread_mutex_t *mutex)
{
    return mutex_has_priority(mutex) && !belongs_to_other_task(mutex);
}

/* Who waits for himself is told so by a mutex that checks for errors. */
static enum lock_parking parking_of(const pthread_mutex_t *mutex)
{
    if (belongs_to_other_task(mutex))
        return LOCK_PARK;
    if (mutex_needs_libc(mutex))
        return LOCK_NEVER_PARK;
    bool tells = (mutex_kind(mutex) & MUTEX_TYPE) == PTHREAD_MUTEX_ERRORCHECK;
    return tells && owner_of(mutex) == gettid() ? LOCK_NEVER_PARK : LOCK_PARK;
}

static struct lock_request request_of(enum call_id id, pthread_mutex_t *mutex, clockid_t clock,
                                      const struct timespec *until)
{
    return (struct lock_request){
        .id = id,
        .lock = mutex,
        .try = try_lock,
        .really = really_lock,
        .clock = clock,
        .until = until,
        .interruption = INTERRUPT_NEVER,
        .pause = mutex_kind(mutex) & MUTEX_SHARED ? LOCK_PAUSE_SHORT : LOCK_PAUSE,
        .parking = parking_of(mutex),
    };
}

/* ---- when another thread has it ---- */

/*
 * Most mutexes are let go in no time, and who waits for them is in the middle of something that no
 * other task of the thread should meet: an allocator with its per-thread caches, say. So a mutex
 * that another thread has is really waited for, in slices, until its owner is seen asleep twice:
 * then it is one that is held over a wait, and who wants it parks, also the next time.
 */
#define SLICE (5 * NS_PER_MS)

/* Mutexes that were held over a wait; one may take another's place. */
#define HELD_LONG 1024
static TABLE const pthread_mutex_t *held_long[HELD_LONG];

static const pthread_mutex_t **held_long_place(const pthread_mutex_t *mutex)
{
    return &held_long[lock_bucket(mutex) % HELD_LONG];
}

static bool is_held_long(const pthread_mutex_t *mutex)
{
    return __atomic_load_n(held_long_place(mutex), __ATOMIC_RELAXED) == mutex ||
           mutex_is_with_thread(mutex);
}

/* Waits in libc for a slice of time. Returns 0; an errno value; EBUSY: it is still taken. */
static int wait_for_slice(struct call *call, const struct lock_request *request)
{
    struct lock_request slice = *request;
    struct timespec until = clock_to_timespec(clock_kernel_now() + SLICE);
    slice.id = CALL_pthread_mutex_clocklock;
    slice.clock = CLOCK_MONOTONIC;
    slice.until = &until;
    bool is_last = lock_deadline(request->clock, request->until) <= clock_after(SLICE);
    int error = lock_take_really(call, is_last ? request : &slice);
    return error == ETIMEDOUT && !is_last ? EBUSY : error;
}

/* Returns 0; an errno value; EBUSY: its owner sleeps. */
static int wait_shortly(struct call *call, const struct lock_request *request)
{
    pthread_mutex_t *mutex = request->lock;
    int asleep = 0, error;
    for (;;) {
        int owner = owner_of(mutex);
        error = wait_for_slice(call, request);
        if (error != EBUSY)
            return error;
        if (!owner || owner != owner_of(mutex) || !thread_is_asleep(owner))
            asleep = 0;
        else if (++asleep == 2)
            break;
    }
    __atomic_store_n(held_long_place(mutex), mutex, __ATOMIC_RELAXED);
    return EBUSY;
}

/* ---- taking ---- */

static int take(struct call *call, pthread_mutex_t *mutex, clockid_t clock,
                const struct timespec *until)
{
    struct lock_request request = request_of(call->log.id, mutex, clock, until);
    int error = EBUSY;
    if (lock_may_park(call, request.parking) && lock_limit_is_valid(clock, until) &&
        !is_held_long(mutex))
        error = wait_shortly(call, &request);
    return error == EBUSY ? lock_take(call, &request) : error;
}

int mutex_take(enum call_id id, const void *caller, pthread_mutex_t *mutex, clockid_t clock,
               const struct timespec *until)
{
    struct call call = {
        .log = {.id = id, .fd = -1, .caller = caller, .lock = mutex, .holder = owner_of(mutex)}};
    call_enter(&call);
    return lock_leave(&call, take(&call, mutex, clock, until));
}

/* ---- letting go, and conditions ---- */

bool mutex_is_with_thread(const pthread_mutex_t *mutex)
{
    return owner_of(mutex) == gettid();
}

static __attribute__((noinline)) void note_release(pthread_mutex_t *mutex)
{
    if (lock_is_awaited(mutex))
        lock_note_waker(mutex);
    if (knows_owner(mutex) && lets_go(mutex))
        lock_owner_remove(mutex);
}

int mutex_release(pthread_mutex_t *mutex)
{
    if (lock_is_awaited(mutex) || !mutex_asks_nobody(mutex))
        note_release(mutex);
    int error = REAL(pthread_mutex_unlock)(mutex);
    if (lock_is_awaited(mutex))
        lock_wake(mutex, false);
    return error;
}

int mutex_retake(struct call *call, pthread_mutex_t *mutex)
{
    int error = mutex_try(mutex);
    return error == EBUSY ? take(call, mutex, CLOCK_REALTIME, NULL) : error;
}
