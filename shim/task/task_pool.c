#include "task/task_pool.h"

#include "sys/check.h"
#include "sys/kernel.h"
#include "task/internal.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

/* User addresses of x86-64 and aarch64 have 47 or 48 bits; the generation takes the rest. */
#define ADDRESS_BITS 48
#define ADDRESS_MASK ((UINT64_C(1) << ADDRESS_BITS) - 1)

#define RECORDS_PER_BLOCK 64

static bool add_block(struct task_pool *pool, struct scheduler *scheduler)
{
    struct task *block = FALLIBLE(mmap, MAP_FAILED, NULL, RECORDS_PER_BLOCK * sizeof *block,
                                  PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        return false;
    for (int i = 0; i < RECORDS_PER_BLOCK; i++) {
        block[i].scheduler = scheduler;
        block[i].next = pool->free;
        pool->free = &block[i];
    }
    return true;
}

struct task *task_pool_get(struct task_pool *pool, struct scheduler *scheduler)
{
    if (!pool->free)
        pool->free = __atomic_exchange_n(&pool->returned, NULL, __ATOMIC_ACQUIRE);
    struct task *task = pool->free || add_block(pool, scheduler) ? pool->free : NULL;
    if (!task)
        return NULL;
    CHECK(task->scheduler == scheduler);
    pool->free = task->next;
    /* What other threads may be looking at stays. */
    memset(&task->strand, 0, sizeof *task - offsetof(struct task, strand));
    __atomic_store_n(&task->generation, (uint16_t)(task->generation + 1), __ATOMIC_RELAXED);
    return task;
}

void task_pool_put(struct task_pool *pool, struct task *task)
{
    task_set_state(task, TASK_FREE);
    task->next = __atomic_load_n(&pool->returned, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&pool->returned, &task->next, task, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
        ;
}

struct greq_task *task_handle(const struct task *task)
{
    CHECK(((uintptr_t)task & ~ADDRESS_MASK) == 0);
    uint64_t bits = (uint64_t)(uintptr_t)task | (uint64_t)task->generation << ADDRESS_BITS;
    return (struct greq_task *)(uintptr_t)bits;
}

struct task *task_from_handle(const struct greq_task *handle)
{
    uint64_t bits = (uint64_t)(uintptr_t)handle;
    struct task *task = (struct task *)(uintptr_t)(bits & ADDRESS_MASK);
    if (!task || task_state(task) == TASK_FREE ||
        __atomic_load_n(&task->generation, __ATOMIC_RELAXED) != bits >> ADDRESS_BITS)
        return NULL;
    return task;
}
