/*
 * stack.c: a stack comes from those that were used, else from a slab of fresh ones, which is mapped
 * and, where the kernel can, guarded as a whole; else it is mapped alone. It goes back to the used
 * ones, or, when these are many, with its neighbours to the kernel.
 */
#include "task/stack.h"

#include "sys/kernel.h"
#include "sys/mode.h"
#include "sys/spin.h"
#include "sys/valgrind.h"
#include "task/sanitizer.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

/* Linux 6.13: a guard that does not split the mapping, of which a process has only 65,530. */
#ifndef MADV_GUARD_INSTALL
#    define MADV_GUARD_INSTALL 102
#endif

/* Linux 6.14: stands for a descriptor of the calling process. */
#ifndef PIDFD_SELF
#    define PIDFD_SELF (-10000)
#endif

/* Kept for the next tasks; what is above this number goes back to the kernel, so many at a time:
 * neighbours go in one call, which costs little more than one of them alone. */
#define MAX_KEPT 1024
#define BATCH    64

/* Mapped at once, at most; what is not used of it costs no memory. */
#define MAX_MAPPED 64
#define MAX_SLAB   ((size_t)128 << 20)

static struct stack *kept;
static unsigned kept_count;
static char kept_lock;

static struct stack *take_kept(size_t size)
{
    spin_acquire(&kept_lock);
    struct stack *stack = kept;
    if (stack && stack->size >= size) {
        kept = stack->next;
        kept_count--;
    } else {
        stack = NULL;
    }
    spin_release(&kept_lock);
    return stack;
}

/* ---- new ones ---- */

/* Stacks that nobody has had yet: the lower part of a mapping. They are taken from its upper end,
 * so that what is in use has a guard on either side. */
struct slab {
    char *base;
    size_t each;
    unsigned count;
    bool guarded;
};

static struct slab fresh;

static char *take_fresh(size_t size, bool *guarded)
{
    char *base = NULL;
    spin_acquire(&kept_lock);
    unsigned count = __atomic_load_n(&fresh.count, __ATOMIC_RELAXED); /* see stack_after_fork */
    if (count && fresh.each == size) {
        fresh.count = --count;
        base = fresh.base + count * size;
        *guarded = fresh.guarded;
    }
    spin_release(&kept_lock);
    return base;
}

/* What is left of another thread's, or of another size, goes. */
static void put_fresh(struct slab slab)
{
    spin_acquire(&kept_lock);
    struct slab before = fresh;
    fresh = slab;
    spin_release(&kept_lock);
    if (before.count)
        munmap(before.base, before.count * before.each);
}

/* Twice as many as the last time: who needs few reserves few. */
static unsigned next_count(size_t size)
{
    static unsigned last;
    unsigned count = __atomic_load_n(&last, __ATOMIC_RELAXED) * 2;
    if (!count)
        count = 1;
    if (count > MAX_MAPPED)
        count = MAX_MAPPED;
    __atomic_store_n(&last, count, __ATOMIC_RELAXED);
    return size > MAX_SLAB / count ? 1 : count;
}

static char *map(size_t size)
{
    return FALLIBLE(mmap, MAP_FAILED, NULL, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
}

/* Where there is no room for several, there may be for one: perhaps where nobody's are. */
static char *map_one(size_t size)
{
    char *base = map(size);
    if (base != MAP_FAILED)
        return base;
    put_fresh((struct slab){0});
    return map(size);
}

static bool guard_one(char *base, size_t guard)
{
    return FALLIBLE(madvise, -1, base, guard, MADV_GUARD_INSTALL) == 0 ||
           FALLIBLE(mprotect, -1, base, guard, PROT_NONE) == 0;
}

/* Some in one call, of which each takes half a microsecond else; before Linux 6.14 none, and each
 * is guarded when it is taken. Valgrind complains of a call that it does not know, and a filter of
 * system calls that the program has installed may kill for one that programs do not make. Not
 * inline: it has a large frame. */
static __attribute__((noinline)) bool guard_all(const struct slab *slab, size_t guard)
{
    struct iovec guards[MAX_MAPPED];
    if (RUNNING_ON_VALGRIND || mode_is_confined())
        return false;
    for (unsigned i = 0; i < slab->count; i++)
        guards[i] = (struct iovec){slab->base + i * slab->each, guard};
    return KERNEL(process_madvise, PIDFD_SELF, guards, slab->count, MADV_GUARD_INSTALL) ==
           (long)(slab->count * guard);
}

static char *map_several(size_t size, size_t guard, bool *guarded)
{
    unsigned count = next_count(size);
    char *base = count > 1 ? map(count * size) : MAP_FAILED;
    if (base != MAP_FAILED) {
        struct slab slab = {.base = base, .each = size, .count = count};
        *guarded = slab.guarded = guard_all(&slab, guard);
        slab.count--;
        put_fresh(slab);
        return base + slab.count * size;
    }
    base = map_one(size);
    return base == MAP_FAILED ? NULL : base;
}

static struct stack *new_stack(size_t size, size_t guard)
{
    bool guarded = false;
    char *base = take_fresh(size, &guarded);
    if (!base)
        base = map_several(size, guard, &guarded);
    if (!base)
        return NULL;
    if (!guarded && !guard_one(base, guard)) {
        munmap(base, size);
        return NULL;
    }
    struct stack *stack =
        (struct stack *)((uintptr_t)(base + size - sizeof *stack) & ~(uintptr_t)15);
    *stack = (struct stack){NULL, base, size, guard, 0};
    stack->valgrind_id = VALGRIND_STACK_REGISTER(base + guard, stack);
    return stack;
}

struct stack *stack_get(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t whole = ((size + page - 1) & ~(page - 1)) + page;
    struct stack *stack = take_kept(whole);
    return stack ? stack : new_stack(whole, page);
}

/* ---- used ones ---- */

struct range {
    char *base;
    size_t size;
};

/* The stacks of the list, at most BATCH, by address. */
static unsigned sort(struct range ranges[BATCH], const struct stack *list)
{
    unsigned count = 0;
    for (; list; list = list->next) {
        VALGRIND_STACK_DEREGISTER(list->valgrind_id);
        unsigned at = count++;
        for (; at && ranges[at - 1].base > list->base; at--)
            ranges[at] = ranges[at - 1];
        ranges[at] = (struct range){list->base, list->size};
    }
    return count;
}

/* Not inline: it has a large frame. */
static __attribute__((noinline)) void unmap(const struct stack *list)
{
    struct range ranges[BATCH];
    unsigned count = sort(ranges, list);
    for (unsigned i = 0; i < count;) {
        struct range whole = ranges[i++];
        for (; i < count && ranges[i].base == whole.base + whole.size; i++)
            whole.size += ranges[i].size;
        munmap(whole.base, whole.size);
    }
}

/* Those that were kept last: they ended one after the other, and may have been mapped so. */
static struct stack *take_batch(void)
{
    struct stack *first = kept, *last = first;
    for (unsigned i = 1; i < BATCH; i++)
        last = last->next;
    kept = last->next;
    kept_count -= BATCH;
    last->next = NULL;
    return first;
}

void stack_put(struct stack *stack)
{
    struct stack *batch = NULL;
    /* Frames that were never left may have marked parts of it as out of bounds. */
    if (__asan_unpoison_memory_region)
        __asan_unpoison_memory_region(stack_bottom(stack), stack_usable(stack));
    spin_acquire(&kept_lock);
    stack->next = kept;
    kept = stack;
    if (++kept_count >= MAX_KEPT + BATCH)
        batch = take_batch();
    spin_release(&kept_lock);
    if (batch)
        unmap(batch);
}

/* Where another thread was in the middle of it, nobody knows what was left. It may have been this
 * one, in a handler that forks: it goes on where it was, and `base` is what it needs then. */
void stack_after_fork(void)
{
    if (__atomic_load_n(&kept_lock, __ATOMIC_RELAXED))
        __atomic_store_n(&fresh.count, 0, __ATOMIC_RELAXED);
    spin_release(&kept_lock);
}
