/*
 * fd_wait.c: waiters stand in lists, one of each descriptor; a descriptor whose list has changed is
 * marked, and looked at again just before the thread sleeps.
 *
 *     lists                   one waiter, and what others may read of a descriptor
 *     waiting                 a task links what it waits for, parks, and unlinks it
 *     the scheduler's side    the kernel is told of marked descriptors, and tells who is woken
 *     closed descriptors      who waited for one is woken, by a message on other threads
 */
#include "task/fd_wait.h"

#include "sys/clock.h"
#include "sys/fork_guard.h"
#include "sys/kernel.h"
#include "task/fd_standing.h"
#include "task/internal.h"
#include "task/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

bool fd_waits_init(struct fd_waits *waits)
{
    size_t size = FD_WAIT_MAX * sizeof *waits->slots;
    waits->first_dirty = waits->first_trusted = -1;
    waits->now = clock_kernel_read(CLOCK_MONOTONIC_COARSE);
    fd_standing_reset(waits);
    if (waits->slots)
        madvise(waits->slots, size, MADV_DONTNEED);
    else
        waits->slots = fd_reserve_memory(size);
    return waits->slots && fd_shared_init();
}

/* ---- lists ---- */

static void mark_dirty(struct fd_waits *waits, int fd)
{
    struct fd_slot *slot = &waits->slots[fd];
    if (slot->dirty)
        return;
    slot->dirty = true;
    slot->next_dirty = waits->first_dirty;
    waits->first_dirty = fd;
}

static void waiter_add_to_count(struct fd_waiter *waiter)
{
    if (!waiter->counted)
        __atomic_fetch_add(&fd_shared[waiter->fd].waiting, 1, __ATOMIC_SEQ_CST);
    waiter->counted = true;
}

void fd_waits_count(struct fd_slot *slot)
{
    for (struct fd_waiter *waiter = slot->waiters; waiter; waiter = waiter->next)
        waiter_add_to_count(waiter);
}

static inline void waiter_link(struct fd_slot *slot, struct fd_waiter *waiter)
{
    waiter->next = slot->waiters;
    waiter->link = &slot->waiters;
    if (waiter->next)
        waiter->next->link = &waiter->next;
    slot->waiters = waiter;
}

static void waiter_begin(struct fd_waits *waits, struct fd_waiter *waiter)
{
    waiter_link(&waits->slots[waiter->fd], waiter);
    fd_shared_use(waiter->fd);
    waiter->counted = false;
    waiter_add_to_count(waiter);
    waiter->closes = fd_closes(waiter->fd);
    waiter->since = waits->now;
    if (!fd_standing_serves(waits, waiter))
        mark_dirty(waits, waiter->fd);
}

static inline void waiter_unlink(struct fd_waiter *waiter)
{
    *waiter->link = waiter->next;
    if (waiter->next)
        waiter->next->link = waiter->link;
    if (waiter->counted)
        __atomic_fetch_sub(&fd_shared[waiter->fd].waiting, 1, __ATOMIC_RELAXED);
}

/* ---- waiting ---- */

static size_t link_all(struct task *task, const struct pollfd *set, size_t count)
{
    size_t linked = 0;
    for (size_t i = 0; i < count; i++) {
        if (set[i].fd < 0)
            continue;
        struct fd_waiter *waiter = &task->waiters[linked++];
        waiter->task = task;
        waiter->fd = set[i].fd;
        /* poll(2) reports these without being asked. */
        waiter->events = (uint16_t)set[i].events | POLLERR | POLLHUP;
        waiter_begin(&task->scheduler->fd_waits, waiter);
    }
    return linked;
}

void fd_waits_drop(struct task *task)
{
    for (size_t i = 0; i < task->waiter_count; i++)
        waiter_unlink(&task->waiters[i]);
    task->waiter_count = 0;
}

/* Whether a handler that is not known as one has interrupted the begin or the end of a wait, where
 * another one would lose it. */
static inline bool is_about_to_wait(const struct task *task)
{
    return task->waiter_count && task_state(task) == TASK_RUNNING;
}

enum wake fd_wait(struct task *task, const struct pollfd *set, size_t count, uint64_t deadline,
                  enum interruption interruption)
{
    struct fd_waiter few[4], *many = NULL;
    if (is_about_to_wait(task))
        return WAKE_NO_HOST;
    for (size_t i = 0; i < count; i++)
        if (set[i].fd >= FD_WAIT_MAX)
            return WAKE_NO_HOST;
    if (count > sizeof few / sizeof *few && !(many = FALLIBLE(malloc, NULL, count * sizeof *many)))
        return WAKE_NO_HOST;
    task->waiters = many ? many : few;
    task->waiter_count = link_all(task, set, count);
    enum wake reason = task_park(task, deadline, interruption, "descriptor");
    fd_waits_drop(task);
    free(many);
    return reason;
}

/* Whoever closes the number sees the registration, so the waiter need not be counted, which takes
 * two locked instructions. */
enum wake fd_wait_for_answer(const struct thread *thread, int fd)
{
    struct fd_waits *waits = &thread->scheduler->fd_waits;
    struct fd_slot *slot = &waits->slots[fd];
    if ((unsigned)fd >= FD_WAIT_MAX || !slot->asked || !fd_standing_answers(waits, slot, fd))
        return WAKE_NO_HOST;
    struct task *task = thread->scheduler->current;
    CHECK(task != &task->scheduler->main);
    /* It may not be because a handler that interrupted its wait jumped out of it. */
    if (task->waiter_count || task_state(task) != TASK_RUNNING)
        return WAKE_NO_HOST;
    struct fd_waiter waiter = {.task = task,
                               .fd = fd,
                               .events = POLLIN | POLLERR | POLLHUP,
                               .closes = slot->closes,
                               .since = waits->now};
    task->waiters = &waiter;
    task->waiter_count = 1;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    waiter_link(slot, &waiter);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (fd_closes(fd) != waiter.closes) /* a handler that is not known as one has closed it */
        mark_dirty(waits, fd);
    enum wake reason = task_park(task, CLOCK_NEVER, INTERRUPT_NEVER, "descriptor");
    waiter_unlink(&waiter);
    task->waiter_count = 0;
    return reason;
}

/* ---- the scheduler's side ---- */

static uint32_t wanted_events(const struct fd_slot *slot)
{
    uint32_t events = 0;
    for (const struct fd_waiter *waiter = slot->waiters; waiter; waiter = waiter->next)
        if (task_state(waiter->task) == TASK_PARKED)
            events |= waiter->events;
    return events;
}

static void wake_all(struct fd_slot *slot, enum wake reason)
{
    for (struct fd_waiter *waiter = slot->waiters; waiter; waiter = waiter->next)
        task_wake(waiter->task, reason);
}

/* A registration for one report takes the place of a standing one. */
static int register_fd(struct scheduler *scheduler, int fd, uint32_t events)
{
    if (fd_standing_suits(&scheduler->fd_waits, fd, events))
        return fd_standing_make(scheduler, fd, events);
    fd_standing_forget(&scheduler->fd_waits, fd);
    return poller_arm(&scheduler->poller, fd, events);
}

static void arm(struct scheduler *scheduler, int fd)
{
    struct fd_slot *slot = &scheduler->fd_waits.slots[fd];
    uint32_t events = wanted_events(slot);
    int error = events ? register_fd(scheduler, fd, events) : 0;
    /* Always ready, or gone meanwhile: who waits will see it by trying again. */
    if (error)
        wake_all(slot, error == EPERM || error == EBADF ? WAKE_RETRY : WAKE_NO_HOST);
}

void fd_waits_arm(struct scheduler *scheduler)
{
    struct fd_waits *waits = &scheduler->fd_waits;
    while (waits->first_dirty >= 0) {
        int fd = waits->first_dirty;
        waits->first_dirty = waits->slots[fd].next_dirty;
        waits->slots[fd].dirty = false;
        arm(scheduler, fd);
    }
}

void fd_waits_dispatch(struct scheduler *scheduler, int fd, uint32_t events)
{
    bool wanted = false;
    for (struct fd_waiter *waiter = scheduler->fd_waits.slots[fd].waiters; waiter;
         waiter = waiter->next) {
        bool wakes = events & waiter->events;
        wanted |= wakes;
        if (wakes)
            loop_wake(scheduler, waiter->task, WAKE_RETRY);
        else
            mark_dirty(&scheduler->fd_waits, fd);
    }
    if (!wanted)
        fd_standing_unwanted(scheduler, fd);
}

static void rearm_task(struct task *task)
{
    for (size_t i = 0; i < task->waiter_count; i++) {
        waiter_add_to_count(&task->waiters[i]);
        mark_dirty(&task->scheduler->fd_waits, task->waiters[i].fd);
    }
}

void fd_waits_retry(struct fd_waits *waits, int fd)
{
    wake_all(&waits->slots[fd], WAKE_RETRY);
}

void fd_waits_rearm(struct scheduler *scheduler)
{
    rearm_task(&scheduler->main);
    for (struct task *task = scheduler->live; task; task = task->next_live)
        rearm_task(task);
    fd_standing_reset(&scheduler->fd_waits); /* now that all are counted: see may_wait */
}

/* ---- closed descriptors ---- */

static void wake_closed(struct scheduler *scheduler, int fd)
{
    struct fd_slot *slot = &scheduler->fd_waits.slots[fd];
    uint32_t closes = fd_closes(fd);
    for (struct fd_waiter *waiter = slot->waiters; waiter; waiter = waiter->next)
        if (waiter->closes != closes)
            task_wake(waiter->task, WAKE_CLOSED);
    if (slot->waiters)
        mark_dirty(&scheduler->fd_waits, fd);
    else if (slot->epoch == scheduler->fd_waits.epoch && slot->closes != closes)
        fd_standing_forget(&scheduler->fd_waits, fd); /* later closes are none of its business */
}

/* Only looked at where there is nothing: what is posted after the look ends the next sleep. */
void fd_waits_collect_closed(struct scheduler *scheduler)
{
    struct fd_waits *waits = &scheduler->fd_waits;
    for (int i = 0; i < FD_WAIT_MAILBOX; i++) {
        if (!__atomic_load_n(&waits->closed[i], __ATOMIC_RELAXED))
            continue;
        int number = __atomic_exchange_n(&waits->closed[i], 0, __ATOMIC_ACQUIRE);
        if (number)
            wake_closed(scheduler, number - 1);
    }
    if (!__atomic_load_n(&waits->closed_more, __ATOMIC_RELAXED) ||
        !__atomic_exchange_n(&waits->closed_more, false, __ATOMIC_ACQUIRE))
        return;
    /* Which ones is not known: all who wait for descriptors try again. */
    for (struct task *task = scheduler->live; task; task = task->next_live)
        if (task->waiter_count)
            task_wake(task, WAKE_RETRY);
    if (scheduler->main.waiter_count)
        task_wake(&scheduler->main, WAKE_RETRY);
}

static void post_closed(struct scheduler *scheduler, int fd)
{
    struct fd_waits *waits = &scheduler->fd_waits;
    bool posted = false;
    for (int i = 0; i < FD_WAIT_MAILBOX && !posted; i++) {
        int empty = 0;
        posted = __atomic_compare_exchange_n(&waits->closed[i], &empty, fd + 1, false,
                                             __ATOMIC_RELEASE, __ATOMIC_RELAXED);
    }
    if (!posted)
        __atomic_store_n(&waits->closed_more, true, __ATOMIC_RELEASE);
    poller_call(&scheduler->poller);
}

/* The registration is looked at first: before it goes those who rely on it are counted. */
static bool may_wait(const struct scheduler *scheduler, int fd)
{
    return __atomic_load_n(&scheduler->state, __ATOMIC_ACQUIRE) == SCHEDULER_ALIVE &&
           (fd_standing_is_noted(&scheduler->fd_waits, fd) ||
            __atomic_load_n(&fd_shared[fd].waiting, __ATOMIC_SEQ_CST));
}

static void wake_waiters(int fd)
{
    for (struct scheduler *each = scheduler_first(); each; each = each->next) {
        if (each == this_thread.scheduler && !thread_in_handler(&this_thread) &&
            !thread_on_alternate(&this_thread))
            wake_closed(each, fd);
        else if (may_wait(each, fd))
            post_closed(each, fd);
    }
}

/* In this order: see may_wait. */
static bool is_of_concern(const struct fd_shared *shared)
{
    return __atomic_load_n(&shared->standing, __ATOMIC_SEQ_CST) ||
           __atomic_load_n(&shared->waiting, __ATOMIC_SEQ_CST);
}

void fd_wait_closing(unsigned first, unsigned last)
{
    struct fd_shared *all = __atomic_load_n(&fd_shared, __ATOMIC_ACQUIRE);
    if (!all)
        return;
    unsigned end = __atomic_load_n(&fd_shared_end, __ATOMIC_SEQ_CST);
    for (unsigned fd = first; fd <= last && fd < end; fd++) {
        if (!is_of_concern(&all[fd]) || fork_guard_is_vfork_child())
            continue;
        __atomic_fetch_add(&all[fd].closes, 1, __ATOMIC_SEQ_CST);
        fd_standing_closing((int)fd);
    }
}

void fd_wait_closed(unsigned first, unsigned last)
{
    struct fd_shared *all = __atomic_load_n(&fd_shared, __ATOMIC_ACQUIRE);
    if (!all)
        return;
    unsigned end = __atomic_load_n(&fd_shared_end, __ATOMIC_SEQ_CST);
    for (unsigned fd = first; fd <= last && fd < end; fd++)
        if (is_of_concern(&all[fd]) && !fork_guard_is_vfork_child())
            wake_waiters((int)fd);
}
