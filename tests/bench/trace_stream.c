/*
 * trace_stream.c: see trace_stream.h.
 */
#include "trace_stream.h"

#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK_SIZE = 4 << 20 }; /* as the shim's, once a stream has got going */

static void format_name(const struct trace_stream *stream, char *path, size_t size)
{
    const struct trace_packet *packet = &stream->packet;
    char thread[16] = "process";
    if (packet->thread != TRACE_PROCESS_THREAD)
        snprintf(thread, sizeof thread, "%" PRIu32, packet->thread);
    snprintf(path, size, "%s/%" PRIu32 ".%" PRIx64 ".%s.%" PRIu32, stream->directory, packet->pid,
             packet->process_start, thread, packet->chunk);
}

static void write_all(int fd, const unsigned char *bytes, size_t size, const char *path)
{
    for (size_t done = 0; done < size;) {
        ssize_t written = write(fd, bytes + done, size - done);
        if (written < 0)
            bench_fail("%s: %s", path, strerror(errno));
        done += (size_t)written;
    }
}

/* The file ends where its records do. */
static void write_chunk(struct trace_stream *stream)
{
    char path[4096];
    format_name(stream, path, sizeof path);
    stream->packet.content_bits = stream->content * 8;
    stream->packet.packet_bits = stream->used * 8;
    memcpy(stream->chunk, &stream->packet, sizeof stream->packet);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        bench_fail("%s: %s", path, strerror(errno));
    write_all(fd, stream->chunk, stream->used, path);
    if (close(fd) != 0)
        bench_fail("%s: %s", path, strerror(errno));
}

static void next_chunk(struct trace_stream *stream, uint64_t time)
{
    write_chunk(stream);
    stream->packet.chunk++;
    stream->packet.begin = time;
    stream->used = stream->content = sizeof stream->packet;
}

void trace_stream_begin(struct trace_stream *stream, const char *directory, uint32_t pid,
                        uint32_t thread, uint64_t start)
{
    *stream = (struct trace_stream){
        .directory = directory,
        .packet = {.magic = TRACE_CTF_MAGIC,
                   .instance = (uint64_t)pid << 32 | thread,
                   .begin = start,
                   .process_start = start,
                   .pid = pid,
                   .tid = thread == TRACE_PROCESS_THREAD ? pid : pid + thread,
                   .thread = thread,
                   .version = TRACE_FORMAT_VERSION},
        .chunk = bench_allocate(1, CHUNK_SIZE),
        .used = sizeof stream->packet,
        .content = sizeof stream->packet,
    };
}

void trace_stream_add(struct trace_stream *stream, const struct trace_record *record, size_t size,
                      const void *more, size_t more_size)
{
    size_t padded = (size + more_size + 7) & ~(size_t)7;
    if (stream->used + padded > CHUNK_SIZE)
        next_chunk(stream, record->time);
    unsigned char *at = stream->chunk + stream->used;
    memcpy(at, record, size);
    if (more_size)
        memcpy(at + size, more, more_size);
    memset(at + size + more_size, 0, padded - size - more_size);
    stream->content = stream->used + size + more_size;
    stream->used += padded;
    stream->records++;
}

void trace_stream_end(struct trace_stream *stream)
{
    write_chunk(stream);
    free(stream->chunk);
}
