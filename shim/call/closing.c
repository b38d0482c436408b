#include "call/closing.h"

#include "call/sharing.h"
#include "host/host.h"
#include "log/descriptor.h"
#include "sys/own_fd.h"
#include "sys/own_socket.h"
#include "sys/thread.h"

#include <errno.h>
#include <limits.h>
#include <linux/close_range.h>

/* Also in a program without hosts: what is known of a number is not of the next file. */
void closing_begin(unsigned first, unsigned last)
{
    if (first == last)
        own_socket_gone((int)first);
    else
        own_socket_pass_on_all();
    descriptor_closing(first, last);
    sharing_closing(first, last);
    host_closing(first, last);
}

void closing_end(unsigned first, unsigned last)
{
    int saved_errno = errno;
    host_closed(first, last);
    errno = saved_errno;
}

/* ---- one ---- */

static int close_waited_for(int fd, int (*real)(int fd))
{
    closing_begin((unsigned)fd, (unsigned)fd);
    int result = real(fd);
    closing_end((unsigned)fd, (unsigned)fd);
    return result;
}

int closing_one(int fd, int (*real)(int fd), bool waits)
{
    own_socket_gone(fd);
    if (own_fd_is(fd)) {
        errno = EBADF;
        return -1;
    }
    if (waits)
        return close_waited_for(fd, real);
    descriptor_closing((unsigned)fd, (unsigned)fd);
    return real(fd);
}

/* ---- a range ---- */

/* In the pieces between our descriptors. */
static int close_pieces(unsigned first, unsigned last, int flags,
                        int (*real)(unsigned first, unsigned last, int flags))
{
    while (first <= last) {
        int own = first <= INT_MAX ? own_fd_next((int)first) : -1;
        unsigned end = own >= 0 && (unsigned)own <= last ? (unsigned)own : last + 1;
        if (end > first || (end == 0 && last == UINT_MAX)) {
            int result = real(first, end - 1, flags);
            if (result < 0)
                return result;
        }
        if (own < 0 || (unsigned)own > last || end == UINT_MAX)
            break;
        first = end + 1;
    }
    return 0;
}

/* An invalid range or flag gets the kernel's own answer. */
int closing_range(unsigned first, unsigned last, int flags,
                  int (*real)(unsigned first, unsigned last, int flags))
{
    if (!thread_has_variables())
        return real(first, last, flags);
    if (!flags)
        closing_begin(first, last);
    else if (!(flags & (int)CLOSE_RANGE_CLOEXEC))
        descriptor_closing(first, last);
    int result =
        first > last || flags ? real(first, last, flags) : close_pieces(first, last, flags, real);
    if (result == 0 && !flags)
        closing_end(first, last);
    return result;
}
