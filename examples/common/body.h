/*
 * body.h: the bytes of /bytes/N, which delay_server sends and legacy_fetcher expects.
 *
 * Each byte follows from its offset alone, so a client can check a body as it comes in, and notices
 * what was lost, doubled, swapped between two connections or shifted.
 */
#ifndef EXAMPLES_BODY_H
#define EXAMPLES_BODY_H

#include <stddef.h>
#include <stdint.h>

/* The byte at `offset`: the top byte of a multiplicative hash, which has no short period. */
static inline unsigned char body_byte(uint64_t offset)
{
    return (unsigned char)(((offset + 1) * UINT64_C(0x9E3779B97F4A7C15)) >> 56);
}

/* Writes the `size` bytes that begin at `offset` into `to`. */
static inline void body_fill(char *to, size_t size, uint64_t offset)
{
    for (size_t i = 0; i < size; i++)
        to[i] = (char)body_byte(offset + i);
}

/* Returns how many of the `size` bytes in `from` are right; the first of them is at `offset`. */
static inline size_t body_match(const char *from, size_t size, uint64_t offset)
{
    size_t right = 0;
    while (right < size && (unsigned char)from[right] == body_byte(offset + right))
        right++;
    return right;
}

#endif
