/*
 * When a registration may be trusted, is verified, and goes.
 *
 * Level-triggered, because then nothing depends on whether the last read took all. One
 * EPOLL_CTL_MOD verifies. If a report that nobody waits for cannot be taken away, for a file whose
 * number is gone, the epoll instance is made anew. Waits to write, and for more than data, are
 * armed for one report (EPOLLONESHOT), just before the sleep.
 */
#include "task/fd_standing.h"

#include "sys/clock.h"
#include "task/internal.h"

#include <errno.h>
#include <poll.h>

/* Reports on a number that is not registered: of a file that lives on under another one. */
#define MOST_GHOSTS 3

static bool stands(const struct fd_waits *waits, int fd)
{
    return fd_slot_stands(waits, &waits->slots[fd], fd);
}

void fd_standing_forget(struct fd_waits *waits, int fd)
{
    struct fd_slot *slot = &waits->slots[fd];
    fd_waits_count(slot);
    if (slot->epoch == waits->epoch)
        __atomic_fetch_sub(&fd_shared[fd].standing, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&slot->epoch, 0, __ATOMIC_RELEASE);
}

bool fd_standing_is_noted(const struct fd_waits *waits, int fd)
{
    return __atomic_load_n(&waits->slots[fd].epoch, __ATOMIC_SEQ_CST) ==
           __atomic_load_n(&waits->epoch, __ATOMIC_SEQ_CST);
}

void fd_standing_reset(struct fd_waits *waits)
{
    __atomic_store_n(&waits->epoch, waits->epoch + 1, __ATOMIC_RELEASE);
}

/* ---- what is trusted, in the order in which it is to be verified ---- */

void fd_standing_enqueue(struct fd_waits *waits, int fd, uint64_t since)
{
    struct fd_slot *slot = &waits->slots[fd];
    slot->trusted = true;
    slot->trusted_since = since;
    slot->next_trusted = -1;
    if (waits->first_trusted < 0)
        waits->first_trusted = fd;
    else
        waits->slots[waits->last_trusted].next_trusted = fd;
    waits->last_trusted = fd;
}

static int dequeue(struct fd_waits *waits)
{
    int fd = waits->first_trusted;
    waits->first_trusted = waits->slots[fd].next_trusted;
    waits->slots[fd].trusted = false;
    return fd;
}

static bool is_due(const struct fd_waits *waits, uint64_t since)
{
    return waits->now - since >= FD_TRUST;
}

bool fd_standing_serves(struct fd_waits *waits, const struct fd_waiter *waiter)
{
    if (waiter->events & ~(uint32_t)(POLLIN | POLLERR | POLLHUP) || !stands(waits, waiter->fd))
        return false;
    fd_slot_rely(waits, &waits->slots[waiter->fd], waiter->fd);
    return true;
}

uint64_t fd_standing_patience(const struct fd_waits *waits)
{
    if (waits->first_trusted < 0)
        return CLOCK_NEVER;
    uint64_t age = waits->now - waits->slots[waits->first_trusted].trusted_since;
    return age < FD_TRUST ? FD_TRUST - age : 0;
}

/* ---- what was found out of a socket, and holds as long as its registration is trusted ---- */

static struct fd_slot *slot_of(const struct thread *thread, int fd)
{
    return thread->scheduler && (unsigned)fd < FD_WAIT_MAX ? &thread->scheduler->fd_waits.slots[fd]
                                                           : NULL;
}

bool fd_waits_for_ever(const struct thread *thread, int fd)
{
    const struct fd_slot *slot = slot_of(thread, fd);
    return slot && fd_slot_waits_for_ever(&thread->scheduler->fd_waits, slot, fd);
}

void fd_note_waits_for_ever(const struct thread *thread, int fd, struct own_socket stamp)
{
    struct fd_slot *slot = slot_of(thread, fd);
    if (slot)
        slot->waits_for_ever = stamp;
}

void fd_note_asked(const struct thread *thread, int fd, bool asked)
{
    struct fd_slot *slot = slot_of(thread, fd);
    if (slot && slot->asked != asked)
        slot->asked = asked;
}

bool fd_is_asked(const struct thread *thread, int fd)
{
    const struct fd_slot *slot = slot_of(thread, fd);
    return slot && slot->asked && fd_slot_waits_for_ever(&thread->scheduler->fd_waits, slot, fd);
}

/* ---- registering ---- */

bool fd_standing_suits(const struct fd_waits *waits, int fd, uint32_t events)
{
    return events == (POLLIN | POLLERR | POLLHUP) && !waits->slots[fd].recycled;
}

int fd_standing_make(struct scheduler *scheduler, int fd, uint32_t events)
{
    struct fd_waits *waits = &scheduler->fd_waits;
    struct fd_slot *slot = &waits->slots[fd];
    bool stood = stands(waits, fd);
    fd_standing_forget(waits, fd);
    /* Counted and dated before: a close that comes in between is seen. */
    __atomic_fetch_add(&fd_shared[fd].standing, 1, __ATOMIC_SEQ_CST);
    slot->closes = fd_closes(fd);
    slot->ghosts = 0;
    __atomic_store_n(&slot->epoch, waits->epoch, __ATOMIC_SEQ_CST);
    int error = stood ? poller_stand_again(&scheduler->poller, fd, events) : ENOENT;
    if (error == ENOENT)
        error = poller_stand(&scheduler->poller, fd, events);
    if (error)
        fd_standing_forget(waits, fd);
    return error;
}

/* The poller cannot be told to forget a file that has no number any more: then it is made anew. */
static void note_ghost(struct scheduler *scheduler, int fd)
{
    struct fd_slot *slot = &scheduler->fd_waits.slots[fd];
    if (++slot->ghosts < MOST_GHOSTS)
        return;
    slot->ghosts = 0;
    poller_close(&scheduler->poller);
    poller_open(&scheduler->poller);
    fd_waits_rearm(scheduler);
}

void fd_standing_unwanted(struct scheduler *scheduler, int fd)
{
    struct fd_waits *waits = &scheduler->fd_waits;
    if (stands(waits, fd) && poller_remove(&scheduler->poller, fd) == 0)
        fd_standing_forget(waits, fd);
    else
        note_ghost(scheduler, fd);
}

/* ---- verifying ---- */

/* When the wait that has lasted longest began; CLOCK_NEVER: nobody waits. Who is ready tries the
 * call itself. */
static uint64_t oldest_wait(const struct fd_slot *slot)
{
    uint64_t oldest = CLOCK_NEVER;
    for (const struct fd_waiter *waiter = slot->waiters; waiter; waiter = waiter->next)
        if (task_state(waiter->task) == TASK_PARKED && waiter->since < oldest)
            oldest = waiter->since;
    return oldest;
}

static void verify(struct scheduler *scheduler, int fd)
{
    struct fd_waits *waits = &scheduler->fd_waits;
    struct fd_slot *slot = &waits->slots[fd];
    if (!stands(waits, fd) || poller_stand_again(&scheduler->poller, fd, POLLIN) == 0)
        return;
    slot->recycled = true;
    slot->waits_for_ever.epoch = 0;
    fd_standing_forget(waits, fd);
    fd_waits_retry(waits, fd);
}

void fd_standing_verify(struct scheduler *scheduler)
{
    struct fd_waits *waits = &scheduler->fd_waits;
    waits->now = clock_kernel_read(CLOCK_MONOTONIC_COARSE);
    while (waits->first_trusted >= 0 &&
           is_due(waits, waits->slots[waits->first_trusted].trusted_since)) {
        int fd = dequeue(waits);
        uint64_t since = oldest_wait(&waits->slots[fd]);
        if (since == CLOCK_NEVER)
            continue;
        if (is_due(waits, since))
            verify(scheduler, fd);
        else
            fd_standing_enqueue(waits, fd, since);
    }
}

/* ---- closing ---- */

void fd_standing_closing(int fd)
{
    int saved_errno = errno;
    for (struct scheduler *each = scheduler_first(); each; each = each->next) {
        if (__atomic_load_n(&each->state, __ATOMIC_ACQUIRE) == SCHEDULER_ALIVE &&
            fd_standing_is_noted(&each->fd_waits, fd))
            poller_remove(&each->poller, fd);
    }
    errno = saved_errno;
}
