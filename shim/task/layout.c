#include "task/layout.h"

#include "sys/mode.h"
#include "task/internal.h"

#include <stddef.h>
#include <stdint.h>

/* As context_switch leaves it, with the numbers that unwind tables give to registers. */
#if defined __x86_64__
#    define SAVED_SIZE 64
#    define SAVED_PC   56
#    define SAVED                                       \
        {6, 48}, {3, 40}, {12, 32}, {13, 24}, {14, 16}, \
        {                                               \
            15, 8                                       \
        }
enum { SAVED_COUNT = 6 };
#else
#    define SAVED_SIZE 176
#    define SAVED_PC   88
#    define SAVED                                                                               \
        {19, 0}, {20, 8}, {21, 16}, {22, 24}, {23, 32}, {24, 40}, {25, 48}, {26, 56}, {27, 64}, \
            {28, 72},                                                                           \
        {                                                                                       \
            29, 80                                                                              \
        }
enum { SAVED_COUNT = 11 };
#endif

void layout_tell(struct scheduler *const *schedulers)
{
    /* In the page: a forked child has another one, and other threads need not write it again. */
    if (__atomic_exchange_n(&mode_page.live.tasks_told, 1, __ATOMIC_RELAXED))
        return;
    mode_page.live.tasks = (struct live_tasks){
        .schedulers = (uintptr_t)schedulers,
        .scheduler_next = offsetof(struct scheduler, next),
        .scheduler_main = offsetof(struct scheduler, main),
        .scheduler_current = offsetof(struct scheduler, current),
        .scheduler_live = offsetof(struct scheduler, live),
        .task_next = offsetof(struct task, next_live),
        .task_number = offsetof(struct task, number),
        .task_stack_pointer = offsetof(struct task, stack_pointer),
        .task_state = offsetof(struct task, state),
        .task_parked = TASK_PARKED,
        .task_waits_for = offsetof(struct task, waits_for),
        .task_waiters = offsetof(struct task, waiters),
        .task_waiter_count = offsetof(struct task, waiter_count),
        .waiter_size = sizeof(struct fd_waiter),
        .waiter_fd = offsetof(struct fd_waiter, fd),
        .waiter_since = offsetof(struct fd_waiter, since),
        .saved_size = SAVED_SIZE,
        .saved_pc = SAVED_PC,
        .saved_count = SAVED_COUNT,
        .saved = {SAVED},
    };
}
