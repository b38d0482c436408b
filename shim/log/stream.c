/*
 * Chunk files, and the records in them.
 *
 * A record is completed in place: there is one per call instead of two, in the order of their
 * begins, and a call that never returned is visible. The price: a chunk stays mapped until the
 * calls in it have returned (pinned).
 *
 * A chunk's file is made under a hidden name and allocated, since a sparse mapping would be SIGBUS
 * on a full disk; filled with a valid packet header; then renamed. So a reader sees only whole
 * packets, whenever the process is killed. The content ends with the last record's last byte, for
 * CTF readers look for another event in padding. babeltrace2 also refuses a foreign visible file. A
 * recording that had no room is marked in the packet (TRACE_PACKET_CUT), in the stream that met the
 * end and in the process's own, so that a report does not claim to have seen what came after.
 */
#include "log/stream.h"

#include "sys/check.h"
#include "sys/kernel.h"
#include "sys/table.h"
#include "sys/text.h"
#include "sys/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define FIRST_CHUNK    (8u << 10)
#define SECOND_CHUNK   (64u << 10)
#define LAST_CHUNK     (4u << 20)
#define LEAST_CHUNK    (16u << 10)
#define GREATEST_CHUNK (1u << 30)

/* Of a chunk that only a busy stream has the kernel provides so many bytes at once: else each 64
 * records meet a page that is not there yet. */
#define LEAST_IN_STEPS (256u << 10)
#define STEP           (128u << 10)

struct stream_origin stream_origin;
void (*stream_on_full)(const struct stream *stream, int error);

/* ---- sizes: small at first, since most threads record little, later each four times the last ----
 */

static uint32_t chunk_size(const struct stream *stream, uint32_t number)
{
    if (!number)
        return FIRST_CHUNK; /* most threads and processes need no more */
    uint64_t size = number < 4 ? SECOND_CHUNK << 2 * (number - 1) : LAST_CHUNK;
    /* Large enough that STREAM_MAX_CHUNKS of them reach the limit, small enough that one can go. */
    if (stream->limit && number >= 4 && size < stream->limit / (STREAM_MAX_CHUNKS / 2))
        size = stream->limit / (STREAM_MAX_CHUNKS / 2);
    if (stream->limit && size > stream->limit / 4)
        size = stream->limit / 4;
    if (size > GREATEST_CHUNK)
        size = GREATEST_CHUNK;
    return size < LEAST_CHUNK ? LEAST_CHUNK : (uint32_t)(size & ~UINT64_C(4095));
}

/* ---- files: made under a hidden name, which readers ignore, and renamed when they are valid ----
 */

static void chunk_path(struct text *path, const struct stream *stream, uint32_t number, bool hidden)
{
    path->used = 0;
    text_add(path, stream_origin.dir);
    text_add(path, hidden ? "/." : "/");
    text_add_number(path, stream_origin.pid);
    text_add(path, ".");
    text_add_hex(path, stream_origin.start);
    text_add(path, ".");
    if (stream->thread == TRACE_PROCESS_THREAD)
        text_add(path, "process");
    else
        text_add_number(path, stream->thread);
    text_add(path, ".");
    text_add_number(path, number);
}

/* To write behind the process's limit is a SIGXFSZ. */
static bool may_reach(uint32_t size)
{
    struct rlimit limit;
    return kernel_call(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit, 0, 0) != 0 ||
           limit.rlim_cur >= size;
}

/* Never written to, so all of it is the kernel's one page of zeros. */
static TABLE char zeros[STEP];

/* Returns 0 or an errno value. */
static int write_zeros(int fd, uint32_t at, uint32_t end)
{
    while (at < end) {
        uint32_t rest = end - at, size = rest < sizeof zeros ? rest : sizeof zeros;
        ssize_t written = KERNEL(pwrite64, fd, zeros, size, (off_t)at);
        if (written <= 0)
            return written ? errno : ENOSPC;
        at += (uint32_t)written;
    }
    return 0;
}

/* Really allocates the file's blocks: a write to a mapped hole on a full disk would be a SIGBUS.
 * Returns 0 or an errno value. */
static int allocate_blocks(int fd, uint32_t size)
{
    if (!may_reach(size))
        return EFBIG;
    if (KERNEL(fallocate, fd, 0, (off_t)0, (off_t)size) == 0)
        return 0;
    return errno == EOPNOTSUPP || errno == ENOSYS ? write_zeros(fd, 0, size) : errno;
}

/* Where the file has pages on a disk, these are made several at once, by a write: each that is
 * first met through the mapping is made alone, for three times as long. In memory there is nothing
 * to win. What fails here leaves the page to the mapping. */
static void make_pages(int fd, uint32_t from, uint32_t to)
{
    struct statfs system;
    if (kernel_call(SYS_fstatfs, fd, (long)&system, 0, 0, 0, 0) == 0 &&
        system.f_type != TMPFS_MAGIC)
        write_zeros(fd, from, to);
}

/* A file of that name is what a handler left behind that jumped out of here. */
static int create_file(const char *path)
{
    static const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
    int fd = (int)KERNEL(openat, AT_FDCWD, path, flags, 0600);
    if (fd < 0 && errno == EEXIST && KERNEL(unlinkat, AT_FDCWD, path, 0) == 0)
        fd = (int)KERNEL(openat, AT_FDCWD, path, flags, 0600);
    return fd;
}

/* Maps a new file of `size` bytes. Returns 0 or an errno value; then there is no file. */
static int map_new_file(const char *path, uint32_t size, void **mapping)
{
    int fd = create_file(path);
    if (fd < 0)
        return errno;
    int error = allocate_blocks(fd, size);
    if (!error) {
        if (size > FIRST_CHUNK)
            make_pages(fd, 0, size < STEP ? size : STEP);
        *mapping = (void *)KERNEL(mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        error = *mapping == MAP_FAILED ? errno : 0;
    }
    KERNEL(close, fd);
    if (error)
        KERNEL(unlinkat, AT_FDCWD, path, 0);
    return error;
}

/* ---- chunks ---- */

static uint64_t stream_instance(const struct stream *stream)
{
    return (stream_origin.start << 20) ^ ((uint64_t)stream_origin.pid << 40) ^
           ((uint64_t)stream->thread + 1);
}

static void fill_packet(struct stream *stream, struct chunk *chunk, uint64_t time)
{
    *chunk->packet = (struct trace_packet){
        .magic = TRACE_CTF_MAGIC,
        .instance = stream_instance(stream),
        .content_bits = sizeof(struct trace_packet) * 8,
        .packet_bits = (uint64_t)chunk->size * 8,
        .begin = time,
        .events_discarded = stream->discarded,
        .process_start = stream_origin.start,
        .pid = stream_origin.pid,
        .tid = (uint32_t)kernel_thread(),
        .thread = stream->thread,
        .chunk = stream->next,
        .version = TRACE_FORMAT_VERSION,
    };
    chunk->used = sizeof(struct trace_packet);
}

static struct chunk *chunk_make(struct stream *stream)
{
    if (!stream->next) {
        stream->first = (struct chunk){0};
        return &stream->first;
    }
    struct chunk *chunk = FALLIBLE(mmap, MAP_FAILED, NULL, sizeof *chunk, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return chunk == MAP_FAILED ? NULL : chunk;
}

static void chunk_free(struct stream *stream, struct chunk *chunk)
{
    if (chunk != &stream->first)
        munmap(chunk, sizeof *chunk);
}

/* The first chunk of a stream that others know of stays. */
static void chunk_unmap(struct stream *stream, struct chunk *chunk)
{
    if (chunk != &stream->first || !stream->first_goes)
        munmap(chunk->packet, chunk->size);
    chunk_free(stream, chunk);
}

static int chunk_create(struct stream *stream, uint64_t time, struct chunk **created)
{
    struct text *hidden = &stream->hidden, *path = &stream->path;
    void *mapping = NULL;
    struct chunk *chunk = chunk_make(stream);
    if (!chunk)
        return errno;
    chunk->size = chunk_size(stream, stream->next);
    chunk_path(hidden, stream, stream->next, true);
    chunk_path(path, stream, stream->next, false);
    int error = map_new_file(text_string(hidden), chunk->size, &mapping);
    if (error) {
        chunk_free(stream, chunk);
        return error;
    }
    chunk->packet = mapping;
    chunk->ready = chunk->size < LEAST_IN_STEPS ? chunk->size : 0;
    fill_packet(stream, chunk, time);
    if (KERNEL(renameat, AT_FDCWD, text_string(hidden), AT_FDCWD, text_string(path)) != 0) {
        error = errno;
        KERNEL(unlinkat, AT_FDCWD, text_string(hidden), 0);
        chunk_unmap(stream, chunk);
        return error;
    }
    *created = chunk;
    return 0;
}

/* Another file may have come to that name. */
static bool is_of(int fd, const struct chunk *chunk)
{
    struct stat file;
    return KERNEL(newfstatat, fd, "", &file, AT_EMPTY_PATH) == 0 && S_ISREG(file.st_mode) &&
           file.st_size == (off_t)chunk->size;
}

/* The same for what comes after the first piece, which was made with the file. */
static void make_more_pages(struct stream *stream, uint32_t from, uint32_t to)
{
    chunk_path(&stream->path, stream, stream->next - 1, false);
    int fd = (int)KERNEL(openat, AT_FDCWD, text_string(&stream->path),
                         O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
    if (fd < 0)
        return;
    if (may_reach(to) && is_of(fd, stream->current))
        make_pages(fd, from, to);
    KERNEL(close, fd);
}

/* Has the kernel provide what a record of `size` bytes in the current chunk needs. Where it cannot,
 * before Linux 5.14, the rest comes page by page, as it is written to. Returns false: the chunk has
 * no place for it. */
static bool prepare(struct stream *stream, size_t size)
{
    struct chunk *chunk = stream->current;
    while (!chunk_has_place(chunk, size)) {
        uint32_t rest = chunk->size - chunk->ready, more = rest < STEP ? rest : STEP;
        if (!rest)
            return false;
        void *begin = (char *)chunk->packet + chunk->ready;
        if (chunk->ready)
            make_more_pages(stream, chunk->ready, chunk->ready + more);
        bool provided = FALLIBLE(madvise, -1, begin, more, MADV_POPULATE_WRITE) == 0;
        chunk->ready += provided ? more : rest;
    }
    return true;
}

static void chunk_retire(struct stream *stream, struct chunk *chunk)
{
    if (!chunk->open_records) {
        chunk_unmap(stream, chunk);
        return;
    }
    chunk->retired = true;
    chunk->next_pinned = stream->pinned;
    stream->pinned = chunk;
}

/* Returns false if it is still needed. */
static bool delete_oldest(struct stream *stream)
{
    if (!stream->oldest && stream->first_goes && !stream->first_goes(stream->first.packet))
        return false;
    chunk_path(&stream->path, stream, stream->oldest, false);
    KERNEL(unlinkat, AT_FDCWD, text_string(&stream->path), 0);
    stream->kept -= chunk_size(stream, stream->oldest);
    stream->discarded += stream->records[stream->oldest % STREAM_MAX_CHUNKS];
    stream->oldest++;
    return true;
}

static bool over_limit(const struct stream *stream, uint32_t more)
{
    return stream->limit && stream->oldest < stream->next &&
           (stream->kept + more > stream->limit ||
            stream->next - stream->oldest >= STREAM_MAX_CHUNKS - 1);
}

void stream_mark_cut(struct stream *stream)
{
    if (stream->current)
        stream->current->packet->flags |= TRACE_PACKET_CUT;
}

static void end_recording(struct stream *stream, int error)
{
    stream_mark_cut(stream);
    stream->ended = true;
    if (stream_on_full)
        stream_on_full(stream, error);
}

/* Goes on to a new chunk. Returns false when recording has ended. The full one goes when it is no
 * longer the current one, where a signal handler counts what it discards. A function of its own, or
 * every record would need its stack. */
static __attribute__((noinline)) bool stream_advance(struct stream *stream, uint64_t time)
{
    struct chunk *chunk = NULL, *full = stream->current;
    while (over_limit(stream, chunk_size(stream, stream->next)) && delete_oldest(stream))
        ;
    /* No chunk begins before the one before it ended: a handler may have recorded later times. */
    int error = chunk_create(stream, time > stream->last ? time : stream->last, &chunk);
    if (error) {
        end_recording(stream, error);
        return false;
    }
    if (full)
        stream->records[(stream->next - 1) % STREAM_MAX_CHUNKS] = full->records;
    stream->kept += chunk->size;
    stream->next++;
    stream->current = chunk;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (full)
        chunk_retire(stream, full);
    return true;
}

/* ---- records ---- */

/* The last chunk there is tells how much is missing behind it. */
static void discard(struct stream *stream)
{
    stream->discarded++;
    if (stream->current)
        stream->current->packet->events_discarded = stream->discarded;
}

/* A handler has jumped out of the middle of a record. What was committed before it is the content.
 */
static void recover(struct stream *stream)
{
    if (stream->current)
        stream->current->used = (uint32_t)(stream->current->packet->content_bits / 8);
    stream->busy = false;
}

/* The stream is busy for it, and the current chunk has no place. These two are functions of their
 * own, so that most records need no stack. */
static __attribute__((noinline)) void *place_in_next(struct stream *stream, size_t size,
                                                     enum trace_event_id id, uint64_t time,
                                                     uint32_t task, struct chunk **pinned)
{
    if ((stream->current && prepare(stream, size)) ||
        (stream_advance(stream, time) && prepare(stream, size)))
        return stream_place(stream, stream->current, size, id, time, task, pinned);
    discard(stream);
    stream->busy = false;
    return NULL;
}

/* The stream is busy or has ended. */
static __attribute__((noinline)) void *reserve_after_all(struct stream *stream, size_t size,
                                                         enum trace_event_id id, uint64_t time,
                                                         uint32_t task, struct chunk **pinned)
{
    if (stream->busy && !thread_in_handler(&this_thread)) {
        recover(stream);
        return stream_reserve(stream, size, id, time, task, pinned);
    }
    discard(stream);
    return NULL;
}

void *stream_reserve(struct stream *stream, size_t size, enum trace_event_id id, uint64_t time,
                     uint32_t task, struct chunk **pinned)
{
    CHECK(size <= FIRST_CHUNK - sizeof(struct trace_packet));
    if (__builtin_expect(stream->busy || stream->ended, 0))
        return reserve_after_all(stream, size, id, time, task, pinned);
    stream->busy = true;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (__builtin_expect(!chunk_has_place(stream->current, size), 0))
        return place_in_next(stream, size, id, time, task, pinned);
    return stream_place(stream, stream->current, size, id, time, task, pinned);
}

void stream_open(struct stream *stream, uint64_t time)
{
    if (stream->current || stream->busy || stream->ended)
        return;
    stream->busy = true;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    stream_advance(stream, time);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    stream->busy = false;
}

bool stream_confine(struct stream *stream, size_t size)
{
    struct chunk *chunk = stream->current;
    bool has_room = chunk && chunk->size - chunk->used >= size + 2 * (sizeof(uint64_t) - 1);
    if (has_room)
        chunk->ready = chunk->size; /* page by page from here on */
    return has_room;
}

void stream_unpin(struct stream *stream, struct chunk *chunk)
{
    int saved_errno = errno;
    struct chunk **link = &stream->pinned;
    while (*link && *link != chunk)
        link = &(*link)->next_pinned;
    if (*link)
        *link = chunk->next_pinned;
    chunk_unmap(stream, chunk);
    errno = saved_errno;
}

/* Where a record lies in its chunk. */
static uint32_t offset_of(const struct chunk *chunk, const void *record)
{
    return (uint32_t)((const char *)record - (const char *)chunk->packet);
}

bool stream_withdraw(struct stream *stream, struct chunk *chunk, const void *record)
{
    stream->busy = true;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    bool is_last = !chunk->retired && ((chunk->before + 7) & ~7u) == offset_of(chunk, record);
    if (is_last) {
        chunk->used = chunk->before;
        chunk->records--;
        chunk->open_records--;
        __atomic_store_n(&chunk->packet->content_bits, (uint64_t)chunk->used * 8, __ATOMIC_RELEASE);
    }
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    stream->busy = false;
    return is_last;
}

uint64_t stream_time_after(const struct chunk *chunk, const void *record, size_t size)
{
    const struct trace_record *next = (const void *)((const char *)record + size);
    return offset_of(chunk, next) < chunk->used ? next->time : 0;
}

void stream_close(struct stream *stream)
{
    struct chunk *chunk = stream->current;
    stream->ended = true;
    stream->current = NULL;
    if (chunk)
        chunk_unmap(stream, chunk);
    while ((chunk = stream->pinned)) {
        stream->pinned = chunk->next_pinned;
        chunk_unmap(stream, chunk);
    }
}
