#include "trace/chunk.h"

#include "base/memory.h"
#include "trace/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CACHE_LINE = 64, AHEAD = 2 * CACHE_LINE };

/* So much of a chunk is mapped at once, a multiple of any page's size: a fault a page takes longer.
 */
enum { WINDOW = 256 << 10 };

/* Opens a regular file and tells its size. O_NONBLOCK: a FIFO of that name must not hold us up. */
static int open_regular(int directory, const char *name, size_t *size, struct error *error)
{
    int fd = openat(directory, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    if (fd >= 0 && !fstat(fd, &status) && S_ISREG(status.st_mode)) {
        *size = status.st_size;
        return fd;
    }
    error_set(error, "%s", fd < 0 ? strerror(errno) : "not a regular file");
    if (fd >= 0)
        close(fd);
    return -1;
}

static int check_header(const struct trace_packet *header, size_t size, struct error *error)
{
    if (size == 0)
        return error_set(error, "empty: nothing was recorded in it");
    if (size < sizeof *header)
        return error_set(error, "cut inside its header, at %zu of %zu bytes", size, sizeof *header);
    if (header->magic == 0)
        return error_set(error, "blank: nothing was recorded in it");
    if (header->magic != TRACE_CTF_MAGIC)
        return error_set(error, "not a chunk of a trace (magic %#x at offset 0)", header->magic);
    if (header->version > TRACE_FORMAT_VERSION)
        return error_set(error, "written by a newer greq (format %u, this one reads up to %d)",
                         header->version, TRACE_FORMAT_VERSION);
    return 0;
}

int chunk_read_header(struct trace_packet *header, int directory, const char *name,
                      struct error *error)
{
    size_t size;
    int fd = open_regular(directory, name, &size, error);
    if (fd < 0)
        return -1;
    memset(header, 0, sizeof *header);
    ssize_t got = pread(fd, header, sizeof *header, 0);
    int status =
        got < 0 ? error_set(error, "%s", strerror(errno)) : check_header(header, got, error);
    close(fd);
    return status;
}

/* How much is valid: the writer says so, the file may hold less. Its content must be visible before
 * its size: hence the acquire. */
static void measure(struct chunk *chunk)
{
    const struct trace_packet *header = (const void *)chunk->bytes;
    uint64_t claimed = __atomic_load_n(&header->content_bits, __ATOMIC_ACQUIRE) / 8;
    chunk->cut = claimed > chunk->mapped;
    chunk->content = chunk->cut ? chunk->mapped : claimed;
    chunk->position = sizeof *header;
}

int chunk_open(struct chunk *chunk, int directory, const char *name, struct error *error)
{
    int fd = open_regular(directory, name, &chunk->mapped, error);
    if (fd < 0)
        return -1;
    int status = -1;
    if (chunk->mapped < sizeof(struct trace_packet)) {
        error_set(error, "cut inside its header");
        goto cleanup;
    }
    void *bytes = mmap(NULL, chunk->mapped, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        error_set(error, "cannot be mapped: %s", strerror(errno));
        goto cleanup;
    }
    madvise(bytes, chunk->mapped, MADV_SEQUENTIAL);
    chunk->bytes = bytes;
    measure(chunk);
    status = check_header(bytes, chunk->mapped, error);
    if (status)
        chunk_close(chunk);
cleanup:
    close(fd);
    return status;
}

void chunk_close(struct chunk *chunk)
{
    munmap((void *)chunk->bytes, chunk->mapped);
    free(chunk->last);
    *chunk = (struct chunk){0};
}

/* Reports a damage at the current position and gives up the rest. */
static enum chunk_status damaged(struct chunk *chunk, const char *problem, struct error *error)
{
    error_set(error, "damaged at offset %zu: %s; what is before it is used", chunk->position,
              problem);
    chunk->position = chunk->content;
    chunk->cut = false;
    return CHUNK_DAMAGED;
}

/* The writer has gone on meanwhile. It may have taken away the record of a call that turned out
 * quick, and put others in its place; so the last one of those that were there is no damage. */
static bool has_changed(const struct chunk *chunk)
{
    const struct trace_packet *header = (const void *)chunk->bytes;
    return __atomic_load_n(&header->content_bits, __ATOMIC_ACQUIRE) / 8 != chunk->content;
}

/* What comes next. The record of a call is replaced only while it is the last: so much is copied
 * before it is checked, since it is used long after that. */
static const unsigned char *next_bytes(struct chunk *chunk)
{
    enum { LAST = sizeof(struct trace_call) };
    size_t left = chunk->content - chunk->position;
    if (left > LAST)
        return chunk->bytes + chunk->position;
    size_t place = LAST - (left + 7) / 8 * 8; /* aligned, too */
    if (!chunk->last) {
        chunk->last = memory_alloc(1, LAST);
        memcpy(chunk->last + place, chunk->bytes + chunk->position, left);
    }
    return chunk->last + place;
}

/* Maps the next window. The one before the last is given back, for a trace has many threads; of
 * what is still used in it the next use is another fault. */
static void move_window(struct chunk *chunk)
{
    unsigned char *next = (unsigned char *)chunk->bytes + chunk->window;
    size_t left = chunk->content - chunk->window;
    madvise(next, left < WINDOW ? left : WINDOW, MADV_POPULATE_READ);
    if (chunk->window >= 2 * WINDOW)
        madvise(next - 2 * WINDOW, WINDOW, MADV_DONTNEED);
    chunk->window += WINDOW;
}

enum chunk_status chunk_next(struct chunk *chunk, const struct trace_record **record,
                             struct error *error)
{
    if (chunk->position >= chunk->content)
        return chunk->cut ? damaged(chunk, "the file ends before its records do", error)
                          : CHUNK_END;
    if (chunk->position >= chunk->window)
        move_window(chunk);
    const char *problem;
    const unsigned char *next = next_bytes(chunk);
    size_t size = record_check(next, chunk->content - chunk->position, &problem);
    if (!size && !chunk->cut && has_changed(chunk)) {
        chunk->position = chunk->content;
        return CHUNK_END;
    }
    if (!size)
        return damaged(chunk, problem, error);
    *record = (const void *)next;
    chunk->position += size;
    /* What is behind it is read after records of other streams. */
    __builtin_prefetch(chunk->bytes + chunk->position + AHEAD);
    __builtin_prefetch(chunk->bytes + chunk->position + AHEAD + CACHE_LINE);
    return CHUNK_RECORD;
}
