/*
 * memory.h: memory that is always there. A command that cannot have the few megabytes it needs has
 * nothing better to do than to say so and end; this is the only place below cmd/ that does.
 *
 * What is returned is released with free(3).
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/* Zeroed memory for `count` items of `size` bytes. Never NULL. */
void *memory_alloc(size_t count, size_t size);

/* A copy of a text. */
char *memory_copy(const char *text);

/* A copy of `size` bytes, with a NUL behind them. */
char *memory_copy_bytes(const void *bytes, size_t size);

/* Makes room for twice as many items as an array has, or for the first ones. */
void *memory_double(void *items, size_t *capacity, size_t size);

/*
 * Makes room for item number `count` of a growing array.
 *
 * `items` is the array or NULL, `capacity` how many items fit (updated). Returns the array, perhaps
 * at another address. Amortised constant time.
 */
static inline void *memory_grow(void *items, size_t count, size_t *capacity, size_t size)
{
    return count < *capacity ? items : memory_double(items, capacity, size);
}

/* The same for item number `index`, whichever that is: items that are new are zeroed. */
void *memory_reach(void *items, size_t index, size_t *capacity, size_t size);

#endif
