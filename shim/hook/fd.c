/*
 * close, and what else ends the life of a descriptor: dup2, dup3, close_range, closefrom; dup. What
 * an end is to the shim: call/closing.h.
 */
#include "call/call.h"
#include "call/closing.h"
#include "host/host.h"
#include "sys/own_fd.h"
#include "sys/own_socket.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

EXPORT int __close(int fd);
EXPORT int __dup2(int from, int to);

/* ---- close ---- */

static __attribute__((noinline)) int enter_close(enum call_id id, const void *caller, int fd)
{
    struct call call = {.log = {.id = id, .fd = fd, .caller = caller}};
    call_enter(&call);
    return (int)call_leave(&call, closing_one(fd, REAL(close), true));
}

EXPORT int close(int fd)
{
    return call_is_plain() ? closing_one(fd, REAL(close), false)
                           : enter_close(CALL_close, CALLER, fd);
}

EXPORT int __close(int fd)
{
    return call_is_plain() ? closing_one(fd, REAL(close), false)
                           : enter_close(CALL___close, CALLER, fd);
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
    closing_begin((unsigned)to, (unsigned)to);
    own_socket_gone(from);
    int result = is_dup2 ? REAL(dup2)(from, to) : REAL(dup3)(from, to, flags);
    if (result >= 0)
        closing_end((unsigned)to, (unsigned)to);
    return result;
}

static __attribute__((noinline)) int enter_dup2(enum call_id id, const void *caller, int from,
                                                int to, int flags, bool is_dup2)
{
    struct call call = {.log = {.id = id, .fd = from, .caller = caller}};
    call_enter(&call);
    return (int)call_leave(&call, dup_for_program(from, to, flags, is_dup2));
}

static inline int hook_dup(enum call_id id, const void *caller, int from, int to, int flags)
{
    bool is_dup2 = id != CALL_dup3;
    if (!thread_has_variables())
        return is_dup2 ? REAL(dup2)(from, to) : REAL(dup3)(from, to, flags);
    return call_is_plain() ? dup_for_program(from, to, flags, is_dup2)
                           : enter_dup2(id, caller, from, to, flags, is_dup2);
}

static __attribute__((noinline)) int enter_dup(const void *caller, int from)
{
    struct call call = {.log = {.id = CALL_dup, .fd = from, .caller = caller}};
    call_enter(&call);
    return (int)call_leave(&call, REAL(dup)(from));
}

EXPORT int dup(int from)
{
    if (own_fd_is(from)) {
        errno = EBADF;
        return -1;
    }
    own_socket_gone(from);
    return call_is_plain() ? REAL(dup)(from) : enter_dup(CALLER, from);
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

EXPORT int close_range(unsigned first, unsigned last, int flags)
{
    if (REAL(close_range))
        return closing_range(first, last, flags, REAL(close_range));
    errno = ENOSYS;
    return -1;
}

EXPORT void closefrom(int first)
{
    if (first < 0)
        first = 0;
    /* Before Linux 5.9 there is only libc's own loop, which goes around our hooks. */
    if (close_range((unsigned)first, UINT_MAX, 0) != 0)
        REAL(closefrom)(first);
}
