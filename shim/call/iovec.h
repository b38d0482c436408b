/*
 * iovec.h: the part of a vector of buffers that is still to be transferred.
 */
#ifndef CALL_IOVEC_H
#define CALL_IOVEC_H

#include <stddef.h>
#include <string.h>
#include <sys/uio.h>

/* More than this the kernel refuses (UIO_MAXIOV). */
#define IOVEC_MAX 1024

static inline size_t iovec_size(const struct iovec *buffers, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += buffers[i].iov_len;
    return size;
}

/* Stores in `rest` what of `buffers` lies behind its first `done` bytes. Returns how many buffers.
 */
static inline size_t iovec_rest(const struct iovec *buffers, size_t count, size_t done,
                                struct iovec *rest)
{
    while (count && done >= buffers->iov_len) {
        done -= buffers->iov_len;
        buffers++;
        count--;
    }
    memcpy(rest, buffers, count * sizeof *buffers);
    if (count) {
        rest->iov_base = (char *)rest->iov_base + done;
        rest->iov_len -= done;
    }
    return count;
}

#endif
