/*
 * copy_file_range, vmsplice, tee: bytes go from one descriptor to another. Only logged.
 */
#include "call/logged.h"

#include <fcntl.h>
#include <unistd.h>

LOGGED(ssize_t, copy_file_range, in, error_by_errno,
       (int in, off64_t *in_offset, int out, off64_t *out_offset, size_t size, unsigned flags),
       (in, in_offset, out, out_offset, size, flags))
LOGGED(ssize_t, vmsplice, fd, error_by_errno,
       (int fd, const struct iovec *vector, size_t count, unsigned flags),
       (fd, vector, count, flags))
LOGGED(ssize_t, tee, in, error_by_errno, (int in, int out, size_t size, unsigned flags),
       (in, out, size, flags))
