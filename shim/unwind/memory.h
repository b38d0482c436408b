/*
 * memory.h: reads words that may not be there.
 *
 * Whoever unwinds an unknown stack follows addresses that it found there. The page that the reader
 * stands on exists; of any other the kernel is asked once in a walk. Nothing is remembered from one
 * walk to the next, for a stack may be unmapped, and another be mapped at its address.
 */
#ifndef UNWIND_MEMORY_H
#define UNWIND_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* What may be read, as far as is known; whole pages. */
struct memory {
    uint64_t begin, end;
};

/* `here`: an address in the caller's own frame. */
void memory_begin(struct memory *memory, uint64_t here);

/* Reads an aligned word. Returns false when it cannot be read. Keeps errno; for signal handlers,
 * too. */
bool memory_read(struct memory *memory, uint64_t address, uint64_t *word);

#endif
