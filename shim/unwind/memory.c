#include "unwind/memory.h"

#include "sys/kernel.h"

#include <stddef.h>

/* Where pages are larger, a part of one is as readable as the whole. */
#define PAGE 4096u

/* glibc and the kernel do not agree about the size of a signal set. */
#define KERNEL_SIGSET_SIZE 8

/*
 * The kernel copies the set before it looks at what is to be done with it, which is nothing:
 * EFAULT says that it cannot be read, EINVAL that it can. It takes no descriptor, and unlike
 * process_vm_readv every seccomp filter lets it pass.
 */
static bool is_readable(uint64_t page)
{
    return kernel_instruction(SYS_rt_sigprocmask, -1, (long)page, 0, KERNEL_SIGSET_SIZE, 0, 0) ==
           -EINVAL;
}

void memory_begin(struct memory *memory, uint64_t here)
{
    memory->begin = here & ~(uint64_t)(PAGE - 1);
    memory->end = memory->begin + PAGE;
}

static bool has_page(struct memory *memory, uint64_t page)
{
    if (page >= memory->begin && page < memory->end)
        return true;
    if (!is_readable(page))
        return false;
    if (page == memory->end) {
        memory->end += PAGE;
    } else {
        memory->begin = page;
        memory->end = page + PAGE;
    }
    return true;
}

/* The stack's memory is not all the compiler's: ASan marks what lies between variables. */
__attribute__((no_sanitize("address", "thread"))) bool memory_read(struct memory *memory,
                                                                   uint64_t address, uint64_t *word)
{
    if (address % sizeof *word || !has_page(memory, address & ~(uint64_t)(PAGE - 1)))
        return false;
    *word = *(const uint64_t *)address;
    return true;
}
