/*
 * unwind.h: the stack of the calling strand, by the unwind tables: frame pointers end after one
 * frame out of libcrypto, and glibc's backtrace() loads a library at a bad moment.
 */
#ifndef LOG_UNWIND_H
#define LOG_UNWIND_H

#include <stdint.h>

/* Stores up to `max` return addresses, innermost first, without the frames of libgreq.so that are
 * innermost. Returns how many. Not from signal handlers. */
uint32_t unwind_stack(uint64_t *frames, uint32_t max);

#endif
