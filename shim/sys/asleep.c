#include "sys/asleep.h"

#include "sys/kernel.h"
#include "sys/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The letter of proc(5) for a thread's state, or 0. */
static char state_of(int thread_id)
{
    struct text path = {0};
    char line[64]; /* "TID (NAME) STATE ...": a name has at most 15 bytes */
    text_add(&path, "/proc/self/task/");
    text_add_signed(&path, thread_id);
    text_add(&path, "/stat");
    int fd = (int)KERNEL(openat, AT_FDCWD, text_string(&path), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT && KERNEL(faccessat, AT_FDCWD, "/proc/self/task", F_OK) == 0 ? 'X'
                                                                                            : 0;
    long size = KERNEL(read, fd, line, sizeof line);
    KERNEL(close, fd);
    const char *name_end = size > 0 ? memrchr(line, ')', (size_t)size) : NULL;
    return name_end && name_end + 2 < line + size ? name_end[2] : 0;
}

bool thread_is_asleep(int thread_id)
{
    int saved_errno = errno;
    char state = state_of(thread_id);
    errno = saved_errno;
    return state == 'S' || state == 'X';
}
