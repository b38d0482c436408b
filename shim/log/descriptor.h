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

#include <stddef.h>
#include <stdint.h>

struct stream;

/* Records what a descriptor is, unless that has been told already in this log, a number that is
 * never 0. Of -1, of a socket that hooks know, and of what the kernel does not tell, nothing.
 * `room` is for the path. */
void descriptor_record(struct stream *stream, int fd, uint64_t time, uint32_t log, char *room,
                       size_t size);

/* It is closed: what has its number next is told again. */
void descriptor_closed(int fd);

#endif
