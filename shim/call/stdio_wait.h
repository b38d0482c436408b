/*
 * stdio_wait.h: waiting for a stream of stdio before libc fills its buffer.
 *
 * libc reads inside itself, where no hook sees it. So a function that reads from a stream parks
 * before it, while the stream's buffer is empty and its descriptor has nothing; then it is the real
 * one. What that waits for afterwards, when it wants more than came, blocks the thread.
 *
 * Waits are taken before libc takes the stream's lock, which knows threads and not tasks.
 *
 * Only for sockets, pipes and character devices. Standard streams, and those without a descriptor
 * of their own (fmemopen, fopencookie), stay as they are.
 *
 * After each wake the hook looks again. What ends the wait (a handler, SO_RCVTIMEO, a kill) sets
 * the error indicator and returns nothing, as libc does when its read fails. libc's headers show
 * the buffer's two pointers. Those of wide characters only libc knows: they are the first of its
 * struct.
 */
#ifndef CALL_STDIO_WAIT_H
#define CALL_STDIO_WAIT_H

#include "call/call.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* How many bytes the next read takes out of the buffer, before libc reads more. */
static inline size_t stdio_buffered(const FILE *stream)
{
    return (size_t)(stream->_IO_read_end - stream->_IO_read_ptr);
}

/* Whether the buffer has a whole line. */
static inline bool stdio_has_line(const FILE *stream, int end)
{
    size_t size = stdio_buffered(stream);
    return size && memchr(stream->_IO_read_ptr, end, size);
}

/* Enters the call; returns false, having done nothing, when the stream is none that is waited for.
 */
bool stdio_enter(struct call *call, enum call_id id, const void *caller, FILE *stream);

/* Parks while there is nothing to read. Returns false when the call fails: errno and the stream's
 * error indicator say so, as the real one's. */
bool stdio_await(struct call *call, FILE *stream);

/* Leaves it. `failed`: what it returned says end or error. */
void stdio_leave(struct call *call, const FILE *stream, bool failed);

#endif
