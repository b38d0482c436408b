/*
 * protection_keys.h: what the running code may do with memory that has a protection key: pkeys(7).
 *
 * It is a register of the processor, which a thread sets without a system call and the kernel keeps
 * per thread. Code opens a key around its use of the memory, so a task that waits in there has it
 * open, and the thread's others do not. A process whose first pkey_alloc has not succeeded cannot
 * ask for it: the instruction may not be there.
 */
#ifndef REAL_PROTECTION_KEYS_H
#define REAL_PROTECTION_KEYS_H

#include <stdint.h>

#ifdef __x86_64__

static inline uint32_t protection_keys_get(void)
{
    uint32_t rights, unused;
    __asm__ volatile("rdpkru" : "=a"(rights), "=d"(unused) : "c"(0));
    return rights;
}

/* Nothing moves over it: the memory may be behind a key. */
static inline void protection_keys_set(uint32_t rights)
{
    __asm__ volatile("wrpkru" : : "a"(rights), "c"(0), "d"(0) : "memory");
}

/* The rights of who has never set any: two bits a key, of which the lower one shuts it. */
static inline uint32_t protection_keys_without(uint32_t rights, int key)
{
    return (rights & ~(UINT32_C(3) << 2 * key)) | UINT32_C(1) << 2 * key;
}

#else /* not moved there */

static inline uint32_t protection_keys_get(void)
{
    return 0;
}

static inline void protection_keys_set(uint32_t rights)
{
    (void)rights;
}

static inline uint32_t protection_keys_without(uint32_t rights, int key)
{
    (void)key;
    return rights;
}

#endif

#endif
