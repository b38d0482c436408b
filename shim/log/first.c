#include "log/first.h"

#include "log/http_line.h"
#include "sys/readable.h"
#include "sys/table.h"

/* More than begins HTTP/2. */
enum { PREFACE = 24 };

TABLE unsigned char first_unseen[FIRST_PLACES];

void first_open(int fd)
{
    __atomic_store_n(first_place(fd), FIRST_WRITTEN | FIRST_READ, __ATOMIC_RELAXED);
}

void first_missed(int fd, bool reads)
{
    unsigned seen = reads ? FIRST_READ : FIRST_WRITTEN;
    __atomic_fetch_and(first_place(fd), (unsigned char)~seen, __ATOMIC_RELAXED);
}

bool first_is_http2(int fd, bool reads, const void *bytes, size_t size)
{
    first_missed(fd, reads);
    return readable(bytes, size < PREFACE ? size : PREFACE) && http_line_is_2(bytes, size);
}
