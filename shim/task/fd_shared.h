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
    uint32_t waiting;  /* tasks that wait for it */
    uint32_t standing; /* standing registrations that it may have; see fd_standing.h */
    uint32_t closes;   /* how often it has been closed while one of these was not 0 */
};

/* One for each number, lazily backed by memory; NULL before the first scheduler. */
extern struct fd_shared *fd_shared;

/* Returns false when there is no memory. From any thread. */
bool fd_shared_init(void);

/* Memory from the kernel that costs nothing until it is used, or NULL. */
void *fd_reserve_memory(size_t size);

static inline uint32_t fd_closes(int fd)
{
    return __atomic_load_n(&fd_shared[fd].closes, __ATOMIC_SEQ_CST);
}

#endif
