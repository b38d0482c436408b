/*
 * first.h: the first bytes that a connection moves in each direction, which may tell that it speaks
 * HTTP/2: a client begins with a line of its own, maybe after the server has sent something. Where
 * TLS is spoken, it has been negotiated (hook/ssl.c).
 *
 * They are looked at once, and nothing of them is kept: what is sent before the call, and what is
 * read before its end is recorded, which would be a request's otherwise. Of calls whose buffer is
 * not known (sendmmsg, recvmmsg, syscall) they are not, but what follows is not the first any more.
 *
 * From any thread. A number that was recycled unseen costs a look that tells nothing.
 */
#ifndef LOG_FIRST_H
#define LOG_FIRST_H

#include "sys/inline.h"

#include <stdbool.h>
#include <stddef.h>

/* In which directions nothing has been seen yet. Each descriptor has its place by its number: of
 * two with the same one, what is seen of either counts for both. */
enum { FIRST_WRITTEN = 1, FIRST_READ = 2, FIRST_PLACES = 1 << 16 };
extern unsigned char first_unseen[FIRST_PLACES] __attribute__((visibility("hidden")));

static ALWAYS_INLINE unsigned char *first_place(int fd)
{
    return &first_unseen[(unsigned)fd % FIRST_PLACES];
}

/* The descriptor is a connection from now on. */
void first_open(int fd);

static ALWAYS_INLINE bool first_is_unseen(int fd, bool reads)
{
    unsigned direction = reads ? FIRST_READ : FIRST_WRITTEN;
    return __builtin_expect(__atomic_load_n(first_place(fd), __ATOMIC_RELAXED) & direction, 0);
}

/* They have been moved, and nobody could look at them. */
void first_missed(int fd, bool reads);

/* These are the first: whether they begin a connection of HTTP/2. They need not be readable. */
bool first_is_http2(int fd, bool reads, const void *bytes, size_t size);

#endif
