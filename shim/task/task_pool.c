#include "task/task_pool.h"

#include "sys/spin.h"

#include <string.h>
#include <sys/mman.h>

/* User addresses of x86-64 and aarch64 have 47 or 48 bits; the generation takes the rest. */
#define ADDRESS_BITS 48
#define ADDRESS_MASK ((UINT64_C(1) << ADDRESS_BITS) - 1)

#define RECORDS_PER_BLOCK 64

static struct task *free_records;
static char free_lock;

/* Called with the lock held. */
static bool add_block(void)
{
    struct task *block = mmap(NULL, RECORDS_PER_BLOCK * sizeof *block, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        return false;
    for (int i = 0; i < RECORDS_PER_BLOCK; i++) {
        block[i].next = free_records;
        free_records = &block[i];
    }
    return true;
}

struct task *task_pool_get(void)
{
    spin_acquire(&free_lock);
    struct task *task = free_records || add_block() ? free_records : NULL;
    if (task)
        free_records = task->next;
    spin_release(&free_lock);
    if (!task)
        return NULL;
    uint16_t generation = (uint16_t)(task->generation + 1);
    /* in_remote outlives a use: another thread may be about to wake the one before. */
    bool in_remote = __atomic_load_n(&task->in_remote, __ATOMIC_RELAXED);
    struct task *next_remote = task->next_remote;
    memset(task, 0, sizeof *task);
    task->in_remote = in_remote;
    task->next_remote = next_remote;
    task->generation = generation;
    return task;
}

void task_pool_put(struct task *task)
{
    task->state = TASK_FREE;
    spin_acquire(&free_lock);
    task->next = free_records;
    free_records = task;
    spin_release(&free_lock);
}

void task_pool_after_fork(void)
{
    spin_release(&free_lock);
}

struct greq_task *task_handle(const struct task *task)
{
    uint64_t bits = (uint64_t)(uintptr_t)task | (uint64_t)task->generation << ADDRESS_BITS;
    return (struct greq_task *)(uintptr_t)bits;
}

struct task *task_from_handle(const struct greq_task *handle)
{
    uint64_t bits = (uint64_t)(uintptr_t)handle;
    struct task *task = (struct task *)(uintptr_t)(bits & ADDRESS_MASK);
    if (!task || task->state == TASK_FREE || task->generation != bits >> ADDRESS_BITS)
        return NULL;
    return task;
}
