#include "task/stack.h"

#include "sys/kernel.h"
#include "sys/spin.h"
#include "sys/valgrind.h"
#include "task/sanitizer.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Linux 6.13: a guard that does not split the mapping, of which a process has only 65,530. */
#ifndef MADV_GUARD_INSTALL
#    define MADV_GUARD_INSTALL 102
#endif

/* Kept for the next tasks; what is above this number goes back to the kernel. */
#define MAX_KEPT 1024

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

static struct stack *map_stack(size_t size, size_t guard)
{
    char *base = FALLIBLE(mmap, MAP_FAILED, NULL, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (base == MAP_FAILED)
        return NULL;
    if (FALLIBLE(madvise, -1, base, guard, MADV_GUARD_INSTALL) != 0 &&
        FALLIBLE(mprotect, -1, base, guard, PROT_NONE) != 0) {
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
    return stack ? stack : map_stack(whole, page);
}

static void unmap_stack(struct stack *stack)
{
    VALGRIND_STACK_DEREGISTER(stack->valgrind_id);
    munmap(stack->base, stack->size);
}

void stack_put(struct stack *stack)
{
    /* Frames that were never left may have marked parts of it as out of bounds. */
    if (__asan_unpoison_memory_region)
        __asan_unpoison_memory_region(stack_bottom(stack), stack_usable(stack));
    spin_acquire(&kept_lock);
    if (kept_count < MAX_KEPT) {
        stack->next = kept;
        kept = stack;
        kept_count++;
        stack = NULL;
    }
    spin_release(&kept_lock);
    if (stack)
        unmap_stack(stack);
}

void stack_after_fork(void)
{
    spin_release(&kept_lock);
}
