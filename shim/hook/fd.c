/*
 * close, and what else ends the life of a descriptor: dup2, dup3, close_range, closefrom; dup.
 *
 * Tasks that wait for it are woken, and the shim's own descriptors are as good as not there:
 * closing them is EBADF, and the ranges pass over them.
 */
#include "call/call.h"
#include "call/sharing.h"
#include "host/host.h"
#include "log/descriptor.h"
#include "sys/own_fd.h"
#include "sys/own_socket.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

EXPORT int __close(int fd);
EXPORT int __dup2(int from, int to);

/* Also in a program without hosts: what is known of a number is not of the next file. */
static void closing(unsigned first, unsigned last)
{
    if (first == last)
        own_socket_gone((int)first);
    else
        own_socket_pass_on_all();
    descriptor_closing(first, last);
    sharing_closing(first, last);
    host_closing(first, last);
}

/* ---- close ---- */

static int close_for_program(int fd)
{
    if (own_fd_is(fd)) {
        errno = EBADF;
        return -1;
    }
    closing((unsigned)fd, (unsigned)fd);
    int result = REAL(close)(fd);
    int saved_errno = errno;
    host_closed((unsigned)fd, (unsigned)fd);
    errno = saved_errno;
    return result;
}

static inline int hook_close(enum call_id id, const void *caller, int fd)
{
    own_socket_gone(fd);
    if (call_is_plain()) {
        descriptor_closing((unsigned)fd, (unsigned)fd);
        return own_fd_is(fd) ? close_for_program(fd) : REAL(close)(fd);
    }
    struct call call = {.log = {.id = id, .fd = fd, .caller = caller}};
    call_enter(&call);
    return (int)call_leave(&call, close_for_program(fd));
}

EXPORT int close(int fd)
{
    return hook_close(CALL_close, CALLER, fd);
}

EXPORT int __close(int fd)
{
    return hook_close(CALL___close, CALLER, fd);
}

/* ---- dup, dup2, dup3 ---- */

/* A number of ours is taken by the program: what we have there moves away. It is found again by the
 * error that its use gives, so it only has to be forgotten. */
static int dup_for_program(int from, int to, int flags, bool is_dup2)
{
    if (own_fd_is(from)) {
        errno = EBADF;
        return -1;
    }
    /* Who waits for `to` is told only if it goes. */
    bool fails = REAL(fcntl)(from, F_GETFD) < 0 || (!is_dup2 && (from == to || flags & ~O_CLOEXEC));
    if (fails || from == to)
        return is_dup2 ? REAL(dup2)(from, to) : REAL(dup3)(from, to, flags);
    if (own_fd_is(to) && !fork_guard_is_vfork_child())
        own_fd_close(to);
    closing((unsigned)to, (unsigned)to);
    own_socket_gone(from);
    int result = is_dup2 ? REAL(dup2)(from, to) : REAL(dup3)(from, to, flags);
    int saved_errno = errno;
    if (result >= 0)
        host_closed((unsigned)to, (unsigned)to);
    errno = saved_errno;
    return result;
}

static inline int hook_dup(enum call_id id, const void *caller, int from, int to, int flags)
{
    bool is_dup2 = id != CALL_dup3;
    if (!thread_has_variables())
        return is_dup2 ? REAL(dup2)(from, to) : REAL(dup3)(from, to, flags);
    if (call_is_plain())
        return dup_for_program(from, to, flags, is_dup2);
    struct call call = {.log = {.id = id, .fd = from, .caller = caller}};
    call_enter(&call);
    return (int)call_leave(&call, dup_for_program(from, to, flags, is_dup2));
}

EXPORT int dup(int from)
{
    if (own_fd_is(from)) {
        errno = EBADF;
        return -1;
    }
    own_socket_gone(from);
    if (call_is_plain())
        return REAL(dup)(from);
    struct call call = {.log = {.id = CALL_dup, .fd = from, .caller = CALLER}};
    call_enter(&call);
    return (int)call_leave(&call, REAL(dup)(from));
}

EXPORT int dup2(int from, int to)
{
    return hook_dup(CALL_dup2, CALLER, from, to, 0);
}

EXPORT int __dup2(int from, int to)
{
    return hook_dup(CALL___dup2, CALLER, from, to, 0);
}

EXPORT int dup3(int from, int to, int flags)
{
    return hook_dup(CALL_dup3, CALLER, from, to, flags);
}

/* ---- ranges ---- */

/* Closes a range in the pieces between our descriptors. */
static int close_pieces(unsigned first, unsigned last, int flags)
{
    while (first <= last) {
        int own = first <= INT_MAX ? own_fd_next((int)first) : -1;
        unsigned end = own >= 0 && (unsigned)own <= last ? (unsigned)own : last + 1;
        if (end > first || (end == 0 && last == UINT_MAX)) {
            int result = REAL(close_range)(first, end - 1, flags);
            if (result < 0)
                return result;
        }
        if (own < 0 || (unsigned)own > last || end == UINT_MAX)
            break;
        first = end + 1;
    }
    return 0;
}

EXPORT int close_range(unsigned first, unsigned last, int flags)
{
    if (!REAL(close_range)) {
        errno = ENOSYS;
        return -1;
    }
    if (!thread_has_variables())
        return REAL(close_range)(first, last, flags);
    /* An invalid range or flag gets the kernel's own answer. */
    if (!flags)
        closing(first, last);
    else if (!(flags & CLOSE_RANGE_CLOEXEC))
        descriptor_closing(first, last);
    int result = first > last || flags ? REAL(close_range)(first, last, flags)
                                       : close_pieces(first, last, flags);
    int saved_errno = errno;
    if (result == 0 && !flags)
        host_closed(first, last);
    errno = saved_errno;
    return result;
}

EXPORT void closefrom(int first)
{
    if (first < 0)
        first = 0;
    /* Before Linux 5.9 there is only libc's own loop, which goes around our hooks. */
    if (close_range((unsigned)first, UINT_MAX, 0) != 0)
        REAL(closefrom)(first);
}
