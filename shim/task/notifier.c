#include "task/notifier.h"

#include "sys/kernel.h"
#include "sys/own_fd.h"
#include "task/internal.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Descriptors that nobody uses now; an element is the number plus one, 0 when free. */
#define MAX_SPARE 16
static int spare[MAX_SPARE];

/* All of ours together, those in use and the spare ones: the program wants to open some as well. */
#define MAX_OPEN 128
static int open_count;

static void drain(int fd)
{
    uint64_t told;
    int saved_errno = errno;
    if (own_fd_is(fd))
        KERNEL(read, fd, &told, sizeof told);
    errno = saved_errno;
}

static void close_descriptor(int fd)
{
    if (fd < 0)
        return;
    own_fd_close(fd);
    __atomic_sub_fetch(&open_count, 1, __ATOMIC_RELAXED);
}

static int take_descriptor(void)
{
    for (int i = 0; i < MAX_SPARE; i++) {
        int fd = __atomic_exchange_n(&spare[i], 0, __ATOMIC_ACQUIRE) - 1;
        if (own_fd_is(fd))
            return fd;
        close_descriptor(fd);
    }
    if (__atomic_add_fetch(&open_count, 1, __ATOMIC_RELAXED) <= MAX_OPEN) {
        int fd = own_fd_adopt((int)KERNEL(eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK));
        if (fd >= 0)
            return fd;
    }
    __atomic_sub_fetch(&open_count, 1, __ATOMIC_RELAXED);
    return -1;
}

static void put_descriptor(int fd)
{
    drain(fd);
    for (int i = 0; i < MAX_SPARE; i++) {
        int empty = 0;
        if (__atomic_compare_exchange_n(&spare[i], &empty, fd + 1, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
            return;
    }
    close_descriptor(fd);
}

void notifier_open(struct notifier *notifier, struct task *task)
{
    int saved_errno = errno;
    notifier->task = task;
    notifier->fd = task ? -1 : take_descriptor();
    errno = saved_errno;
}

void notifier_close(struct notifier *notifier)
{
    if (notifier->fd >= 0)
        put_descriptor(notifier->fd);
    notifier->fd = -1;
}

void notifier_renew(struct notifier *notifier)
{
    close_descriptor(notifier->fd);
    notifier_open(notifier, notifier->task);
}

void notifier_tell(const struct notifier *notifier)
{
    static const uint64_t one = 1;
    struct task *task = notifier->task;
    int saved_errno = errno;
    if (task && task->scheduler == this_thread.scheduler && !thread_in_handler(&this_thread))
        task_wake(task, WAKE_RETRY);
    else if (task)
        task_wake_remote(task);
    else if (own_fd_is(notifier->fd))
        KERNEL(write, notifier->fd, &one, sizeof one);
    errno = saved_errno;
}

void notifier_clear(const struct notifier *notifier)
{
    if (notifier->fd >= 0)
        drain(notifier->fd);
}

size_t notifier_interest(const struct notifier *notifier, struct pollfd *interest)
{
    *interest = (struct pollfd){notifier->fd, POLLIN, 0};
    return notifier->fd >= 0;
}

void notifier_after_fork(void)
{
    for (int i = 0; i < MAX_SPARE; i++)
        close_descriptor(__atomic_exchange_n(&spare[i], 0, __ATOMIC_RELAXED) - 1);
}
