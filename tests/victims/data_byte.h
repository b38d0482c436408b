/*
 * data_byte.h: the bytes that victim and peer send each other, known to both sides.
 */
#ifndef VICTIMS_DATA_BYTE_H
#define VICTIMS_DATA_BYTE_H

#include <stddef.h>

/* The byte at an offset. Its period is prime, so that no lost block goes unnoticed. */
static inline char data_byte(size_t offset)
{
    return (char)(offset % 251);
}

#endif
