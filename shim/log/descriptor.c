#include "log/descriptor.h"

#include "log/peer.h"
#include "log/stream.h"
#include "sys/kernel.h"
#include "sys/own_socket.h"
#include "sys/table.h"
#include "sys/text.h"

#include <fcntl.h>
#include <greq/trace_format.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* What was told last of a descriptor: each has its place by its number. All are atomic. */
enum { PLACES = 64 };
static TABLE uint64_t told[PLACES];
bool descriptor_has_told;

static uint64_t *place_of(int fd)
{
    return &told[(unsigned)fd % PLACES];
}

/* FNV-1a, by words. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    return (hash ^ word) * 0x100000001b3u;
}

/* Which file it is, as long as it is not closed, in which log; 0: it is none. A file system over
 * the network, which may not answer, is not asked. */
static uint64_t identify(int fd, uint32_t log)
{
    struct statx file;
    if (KERNEL(statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &file) != 0)
        return 0;
    uint64_t hash = mix(mix(0xcbf29ce484222325u, (unsigned)fd), log);
    hash = mix(mix(hash, file.stx_dev_major), file.stx_dev_minor);
    return mix(hash, file.stx_ino) | 1;
}

void descriptor_path(int fd, char *path, size_t size)
{
    struct text link = {0};
    text_add(&link, "/proc/thread-self/fd/");
    text_add_number(&link, (uint64_t)fd);
    ssize_t length = KERNEL(readlinkat, AT_FDCWD, text_string(&link), path, size - 1);
    path[length > 0 ? length : 0] = '\0';
}

static void record(struct stream *stream, int fd, uint64_t time, enum trace_descriptor_what what,
                   const char *text)
{
    size_t size = strlen(text) + 1;
    struct trace_descriptor *record =
        stream_reserve(stream, sizeof *record + size, TRACE_DESCRIPTOR, time, 0, NULL);
    if (!record)
        return;
    record->fd = fd;
    record->what = what;
    memcpy(record->text, text, size);
    stream_commit(stream);
}

/* Where a socket's peer, or its own address, has no name, it is a socket. */
static void record_socket(struct stream *stream, int fd, uint64_t time, const char *link)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    struct text text = {0};
    enum trace_descriptor_what what = TRACE_DESCRIPTOR_PEER;
    if (getpeername(fd, (struct sockaddr *)&address, &size) != 0) {
        what = TRACE_DESCRIPTOR_OWN;
        size = sizeof address;
        if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
            size = 0;
    }
    if (size <= sizeof address)
        peer_add(&text, (struct sockaddr *)&address, size);
    if (!text.used || !strcmp(text_string(&text), "unix:"))
        record(stream, fd, time, TRACE_DESCRIPTOR_LINK, link);
    else
        record(stream, fd, time, what, text_string(&text));
}

/* A socket that the process has made itself, under a number of which nothing else was told. */
static bool is_known(int fd)
{
    return own_socket_is(fd) && !__atomic_load_n(place_of(fd), __ATOMIC_RELAXED);
}

void descriptor_record(struct stream *stream, int fd, uint64_t time, uint32_t log, char *room,
                       size_t size)
{
    if (fd < 0 || is_known(fd))
        return;
    uint64_t id = identify(fd, log);
    if (!id || __atomic_exchange_n(place_of(fd), id, __ATOMIC_RELAXED) == id)
        return;
    __atomic_store_n(&descriptor_has_told, true, __ATOMIC_RELAXED);
    descriptor_path(fd, room, size);
    if (!strncmp(room, "socket:", strlen("socket:")))
        record_socket(stream, fd, time, room);
    else if (*room)
        record(stream, fd, time, TRACE_DESCRIPTOR_LINK, room);
}

void descriptor_forget(unsigned first, unsigned last)
{
    if (first > last)
        return;
    unsigned count = last - first < PLACES ? last - first + 1 : PLACES;
    for (unsigned i = 0; i < count; i++)
        __atomic_store_n(&told[(first + i) % PLACES], 0, __ATOMIC_RELAXED);
}
