#include "call/stdio_wait.h"

#include "call/socket_wait.h"

#include <stdio_ext.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

/* Bits of glibc's FILE._flags that its headers do not name. */
enum {
    UNBUFFERED = 0x2,
    LINE_BUFFERED = 0x200,
    IN_BACKUP = 0x100, /* what ungetc has put back lies elsewhere, with the buffer behind it */
};

/* What glibc's struct _IO_wide_data begins with. */
struct wide_data {
    const wchar_t *read_ptr, *read_end;
};

static bool is_empty(const FILE *stream)
{
    const struct wide_data *wide = (const void *)stream->_wide_data;
    if (stream->_flags & IN_BACKUP || stdio_buffered(stream))
        return false;
    return stream->_mode <= 0 || !wide || wide->read_ptr >= wide->read_end;
}

/* ---- entering ---- */

static bool makes_wait(int fd)
{
    struct stat status;
    return fd > STDERR_FILENO && fstat(fd, &status) == 0 &&
           (S_ISSOCK(status.st_mode) || S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode));
}

bool stdio_enter(struct call *call, enum call_id id, const void *caller, FILE *stream)
{
    int saved_errno = errno;
    int fd = stream == stdin ? -1 : fileno(stream);
    bool waits = makes_wait(fd);
    errno = saved_errno;
    if (!waits)
        return false;
    *call = (struct call){.log = {.id = id, .fd = fd, .caller = caller}};
    call_enter(call);
    return true;
}

/* ---- waiting ---- */

/* What the stream has to write goes out first, in libc; and at its end libc does not read. */
static bool will_read(FILE *stream)
{
    return __freadable(stream) && !__fwriting(stream) && !feof_unlocked(stream);
}

/* As libc does before it reads for such a stream: a prompt is seen before its answer is awaited. */
static void flush_prompt(const FILE *stream)
{
    if (stream->_flags & (UNBUFFERED | LINE_BUFFERED) && __flbf(stdout))
        fflush(stdout);
}

bool stdio_await(struct call *call, FILE *stream)
{
    if (!call->host || !is_empty(stream) || !will_read(stream))
        return true;
    flush_prompt(stream);
    if (file_wait(call, call->log.fd, POLLIN) != WAIT_FAILED)
        return true;
    stream->_flags |= _IO_ERR_SEEN;
    return false;
}

/* ---- leaving ---- */

void stdio_leave(struct call *call, const FILE *stream, bool failed)
{
    bool error = failed && stream->_flags & _IO_ERR_SEEN;
    if (call->host && !error)
        errno = call->entry_errno;
    call_leave_with(call, error ? -1 : !failed, error ? errno : 0);
}
