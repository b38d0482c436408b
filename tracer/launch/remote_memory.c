#include "launch/remote_memory.h"

#include <sys/uio.h>

bool remote_memory_read(pid_t process, uint64_t address, void *to, size_t size)
{
    struct iovec here = {to, size}, there = {(void *)(uintptr_t)address, size};
    return process_vm_readv(process, &here, 1, &there, 1, 0) == (ssize_t)size;
}

uint64_t remote_memory_word(pid_t process, uint64_t address)
{
    uint64_t value;
    return remote_memory_read(process, address, &value, sizeof value) ? value : 0;
}
