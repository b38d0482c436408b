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

/* The same for a wait that is about to be linked, and only where the descriptor is asked: task.h.
 * It is not any more then. */
bool fd_standing_answers(struct fd_waits *waits, int fd);

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
