/*
 * fd_shared.h: what all threads know of a descriptor's number. Most closes concern nobody, and must
 * see that without a look at every thread.
 */
#ifndef TASK_FD_SHARED_H
#define TASK_FD_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers of descriptors that can be waited for; the kernel's own default bound (fs.nr_open). */
#define FD_WAIT_MAX (1 << 20)

/* All are atomic. */
struct fd_shared {
    uint32_t waiting;  /* tasks that wait for it, but for who relies on one of the next */
    uint32_t standing; /* standing registrations that it may have; see fd_standing.h */
    uint32_t closes;   /* how often it has been closed while one of these was not 0 */
};

/* One for each number, lazily backed by memory; NULL before the first scheduler. */
extern struct fd_shared *fd_shared;

/* One more than the greatest number that was ever waited for: a close of all numbers looks no
 * further, or it would have the kernel provide all of the memory. Atomic. */
extern uint32_t fd_shared_end;

/* Before the number is waited for. */
static inline void fd_shared_use(int fd)
{
    uint32_t end = __atomic_load_n(&fd_shared_end, __ATOMIC_RELAXED);
    while (end <= (uint32_t)fd &&
           !__atomic_compare_exchange_n(&fd_shared_end, &end, (uint32_t)fd + 1, true,
                                        __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        ;
}

/* Returns false when there is no memory. From any thread. */
bool fd_shared_init(void);

/* Memory from the kernel that costs nothing until it is used, or NULL. */
void *fd_reserve_memory(size_t size);

static inline uint32_t fd_closes(int fd)
{
    return __atomic_load_n(&fd_shared[fd].closes, __ATOMIC_SEQ_CST);
}

#endif
