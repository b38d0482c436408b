#include "unwind/memory.h"

#include "sys/kernel.h"
#include "sys/valgrind.h"

#include <stddef.h>
#include <sys/uio.h>

/* Where pages are larger, a part of one is as readable as the whole. */
#define PAGE 4096u

/* glibc and the kernel do not agree about the size of a signal set. */
#define KERNEL_SIGSET_SIZE 8

/*
 * The kernel copies the set before it looks at what is to be done with it, which is nothing:
 * EFAULT says that it cannot be read, EINVAL that it can. It takes no descriptor, and unlike
 * process_vm_readv every seccomp filter lets it pass.
 */
static bool kernel_can_read(uint64_t page)
{
    return kernel_instruction(SYS_rt_sigprocmask, -1, (long)page, 0, KERNEL_SIGSET_SIZE, 0, 0) ==
           -EINVAL;
}

/* Valgrind would take the page for a set that the program means, with bytes that it never wrote,
 * and prints that -1 is nothing to be done. It does not look at the far side of this call. */
static bool valgrind_can_read(uint64_t page)
{
    uint64_t word;
    struct iovec near = {.iov_base = &word, .iov_len = sizeof word};
    struct iovec far = {.iov_base = (void *)page, .iov_len = sizeof word};
    long self = kernel_instruction(SYS_getpid, 0, 0, 0, 0, 0, 0);
    return kernel_instruction(SYS_process_vm_readv, self, (long)&near, 1, (long)&far, 1, 0) ==
           (long)sizeof word;
}

static bool is_readable(uint64_t page)
{
    return RUNNING_ON_VALGRIND ? valgrind_can_read(page) : kernel_can_read(page);
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
