/*
 * notifier.h: how any thread tells a parked call that its wait may be over.
 *
 * One of greq's own tasks is woken directly, and needs no descriptor. Whatever else parks waits for
 * an eventfd to be readable. A notifier lies in memory that stays: never on a stack, which may be
 * somewhere else while its owner is parked.
 */
#ifndef TASK_NOTIFIER_H
#define TASK_NOTIFIER_H

#include <poll.h>
#include <stddef.h>

struct task;

struct notifier {
    struct task *task; /* NULL: the descriptor is told */
    int fd;            /* an eventfd, one of own_fd.h's; -1: none */
};

/* Opens it for `task`, or with a descriptor when that is NULL. There may be none to be had: who
 * waits must then look from time to time. */
void notifier_open(struct notifier *notifier, struct task *task);
void notifier_close(struct notifier *notifier);

/* Gives it another descriptor: a forked child must not share one with its parent, and a program may
 * have closed it. */
void notifier_renew(struct notifier *notifier);

/* Tells it. From any thread and from signal handlers. Leaves errno alone. */
void notifier_tell(const struct notifier *notifier);

/* Takes back what it was told, before the next wait. */
void notifier_clear(const struct notifier *notifier);

/* What a host is to wait for: fills in `interest` and returns 1, or returns 0 for a task, which is
 * woken by itself, and when there is no descriptor. */
size_t notifier_interest(const struct notifier *notifier, struct pollfd *interest);

/* A forked child does not use its parent's spare descriptors. */
void notifier_after_fork(void);

#endif
