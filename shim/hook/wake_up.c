/*
 * pipe, pipe2, eventfd, timerfd_settime: no waiting, but that is how a thread is woken that waits
 * for many: by what another one writes to the other end, or by a timer. socketpair (socket.c) makes
 * such a pair, too.
 */
#include "call/call.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

EXPORT int __pipe(int ends[2]);

static int note_pipe(int result, const int ends[2])
{
    if (result == 0 && call_is_told())
        log_channel(&this_thread, ends[0], ends[1]);
    return result;
}

EXPORT int pipe(int ends[2])
{
    return note_pipe(REAL(pipe)(ends), ends);
}

EXPORT int __pipe(int ends[2])
{
    return note_pipe(REAL(__pipe)(ends), ends);
}

EXPORT int pipe2(int ends[2], int flags)
{
    return note_pipe(REAL(pipe2)(ends, flags), ends);
}

EXPORT int eventfd(unsigned count, int flags)
{
    int fd = REAL(eventfd)(count, flags);
    if (fd >= 0 && call_is_told())
        log_channel(&this_thread, fd, fd);
    return fd;
}

EXPORT int timerfd_settime(int fd, int flags, const struct itimerspec *next,
                           struct itimerspec *before)
{
    int result = REAL(timerfd_settime)(fd, flags, next, before);
    if (result == 0 && call_is_told())
        log_timer(&this_thread, fd);
    return result;
}
