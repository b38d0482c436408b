/*
 * descriptor.h: what the descriptors are that long calls are about, where no hook has seen them
 * come: files, and what the process has inherited.
 *
 * The kernel is asked at the end of a long call, and where computing ends in a call: by a statx of
 * some 0.2 us whether it is the file that was told last. If it is another one, a readlink in /proc
 * has its path, and for a socket it is asked whom that is connected to. So it costs nothing before
 * there is somebody to whom it matters, and no open or dup needs to be followed for it: a file that
 * is open keeps its inode. A path is told, nothing that was read from or written to it.
 *
 * Used by the trace alone, by any thread. Never blocks, never allocates.
 */
#ifndef LOG_DESCRIPTOR_H
#define LOG_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream;

/* Records what a descriptor is, unless that has been told already in this log, a number that is
 * never 0. Of -1, of a socket that hooks know, and of what the kernel does not tell, nothing.
 * `room` is for the path. */
void descriptor_record(struct stream *stream, int fd, uint64_t time, uint32_t log, char *room,
                       size_t size);

/* Something has been told; else the table has not been touched, and is not by a close. */
extern bool descriptor_has_told __attribute__((visibility("hidden")));
void descriptor_forget(unsigned first, unsigned last);

/* These are about to be closed, whether that is recorded or not: a file system may give the next
 * file the number of one that is gone, and what has no file shares one. What has the numbers next
 * is told again. */
static inline void descriptor_closing(unsigned first, unsigned last)
{
    if (__builtin_expect(__atomic_load_n(&descriptor_has_told, __ATOMIC_RELAXED), 0))
        descriptor_forget(first, last);
}

/* The path of an open file; empty where the kernel does not tell. The calling thread's, which may
 * have descriptors of its own, or be left alone by the main thread. */
void descriptor_path(int fd, char *path, size_t size);

#endif
