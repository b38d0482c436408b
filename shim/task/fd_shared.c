#include "task/fd_shared.h"

#include "sys/kernel.h"

#include <sys/mman.h>

struct fd_shared *fd_shared;
uint32_t fd_shared_end;

void *fd_reserve_memory(size_t size)
{
    void *memory = FALLIBLE(mmap, MAP_FAILED, NULL, size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

bool fd_shared_init(void)
{
    size_t size = FD_WAIT_MAX * sizeof *fd_shared;
    struct fd_shared *none = NULL, *memory;
    if (__atomic_load_n(&fd_shared, __ATOMIC_ACQUIRE))
        return true;
    memory = fd_reserve_memory(size);
    if (!memory)
        return false;
    if (!__atomic_compare_exchange_n(&fd_shared, &none, memory, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE))
        munmap(memory, size);
    return true;
}
