/*
 * fd_standing.h: descriptors that stay registered with the poller between waits, so that a wait for
 * data costs no system call of its own.
 *
 * A standing registration is level-triggered: as long as it names the right file, who parks
 * without looking misses nothing. Whether it still does is trusted for a while and then verified:
 * a number comes to name another file in ways that no hook sees (fclose, raw system calls). No task
 * stays parked for longer than FD_TRUST on a registration that was not verified since it parked.
 * A number that was found stale is registered for one report at a time from then on, so a program
 * that recycles numbers behind our back does not pay that time again.
 *
 * A report that nobody waits for takes the registration away, since it would be made again and
 * again. All functions are for the scheduler's own thread, but for fd_standing_closing.
 */
#ifndef TASK_FD_STANDING_H
#define TASK_FD_STANDING_H

#include "task/fd_wait.h"

/* ns by the coarse clock, whose ticks are up to 4 ms: 10 ms in all. */
#define FD_TRUST (6 * NS_PER_MS)

/* Whether the wait that was just linked can rely on a standing registration. It will be verified
 * in time. */
bool fd_standing_serves(struct fd_waits *waits, const struct fd_waiter *waiter);

/* The parts of what follows: whether the registration stands, whether what was found out of the
 * socket holds as well, and that a wait begins which trusts it, and is to be verified in time. */
static inline bool fd_slot_stands(const struct fd_waits *waits, const struct fd_slot *slot, int fd)
{
    return slot->epoch == waits->epoch && slot->closes == fd_closes(fd);
}

static inline bool fd_slot_waits_for_ever(const struct fd_waits *waits, const struct fd_slot *slot,
                                          int fd)
{
    return slot->waits_for_ever.epoch && fd_slot_stands(waits, slot, fd) &&
           own_socket_is_same(fd, slot->waits_for_ever);
}

void fd_standing_enqueue(struct fd_waits *waits, int fd, uint64_t since);

static inline void fd_slot_rely(struct fd_waits *waits, const struct fd_slot *slot, int fd)
{
    if (!slot->trusted)
        fd_standing_enqueue(waits, fd, waits->now);
}

/* fd_standing_serves for a wait that is about to be linked, of a descriptor that is asked
 * (task.h), and is not any more then. Who closes the number from now on finds the registration, and
 * tells the scheduler. */
static inline bool fd_standing_answers(struct fd_waits *waits, struct fd_slot *slot, int fd)
{
    if (!fd_slot_waits_for_ever(waits, slot, fd))
        return false;
    slot->asked = false;
    fd_slot_rely(waits, slot, fd);
    return true;
}

/* Whether a registration may stand. From any thread and from signal handlers. */
bool fd_standing_is_noted(const struct fd_waits *waits, int fd);

/* Whether what is wanted of a descriptor is worth a standing registration. */
bool fd_standing_suits(const struct fd_waits *waits, int fd, uint32_t events);

/* Makes one. Returns as poller_arm does. */
int fd_standing_make(struct scheduler *scheduler, int fd, uint32_t events);

/* The descriptor has been registered for one report, or nobody waits for what is reported. */
void fd_standing_forget(struct fd_waits *waits, int fd);
void fd_standing_unwanted(struct scheduler *scheduler, int fd);

/* ns that the thread may sleep until something is to be verified; CLOCK_NEVER: nothing is. */
uint64_t fd_standing_patience(const struct fd_waits *waits);

/* Verifies what has been trusted for long enough. */
void fd_standing_verify(struct scheduler *scheduler);

/* The poller is a new one. */
void fd_standing_reset(struct fd_waits *waits);

/* The number is about to be closed: another descriptor of the same file would keep the registration
 * alive, which could not be taken away any more. From any thread and from signal handlers. */
void fd_standing_closing(int fd);

#endif
