#include "sys/readable.h"

#include "sys/kernel.h"
#include "sys/valgrind.h"

#include <sys/uio.h>

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

bool readable_page(uint64_t page)
{
    return RUNNING_ON_VALGRIND ? valgrind_can_read(page) : kernel_can_read(page);
}

static uint64_t page_of(uint64_t address)
{
    return address & ~(uint64_t)(READABLE_PAGE - 1);
}

bool readable(const void *address, size_t size)
{
    uint64_t begin = (uintptr_t)address, last, here = (uintptr_t)__builtin_frame_address(0);
    if (!size)
        return true;
    if (__builtin_add_overflow(begin, size - 1, &last))
        return false;
    for (uint64_t page = page_of(begin); page <= page_of(last); page += READABLE_PAGE)
        if (page != page_of(here) && !readable_page(page))
            return false;
    return true;
}
