/*
 * connect, accept, accept4.
 *
 * Neither has a flag for "do not block", so O_NONBLOCK is set around the one call and put back
 * before anything else can happen. It belongs to the open file, so another thread or process that
 * uses the same one at that moment sees it too; that is the price.
 */
#include "call/socket_wait.h"
#include "sys/clock.h"
#include "sys/own_socket.h"

#include <fcntl.h>
#include <greq/trace_format.h>
#include <sys/socket.h>

EXPORT int __connect(int fd, const struct sockaddr *address, socklen_t size);

/* How long connect to a Unix socket whose queue is full waits between attempts: there is nothing to
 * poll for. */
#define FULL_QUEUE_PAUSE (5 * NS_PER_MS)

/* Makes a descriptor non-blocking. Returns its flags before, or -1 when it is already, or bad. */
static int set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || flags & O_NONBLOCK || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return -1;
    return flags;
}

static void restore_flags(int fd, int flags)
{
    int saved_errno = errno;
    fcntl(fd, F_SETFL, flags);
    errno = saved_errno;
}

/* ---- connect ---- */

static int attempt_connect(int fd, int flags, const struct sockaddr *address, socklen_t size)
{
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    int result = REAL(connect)(fd, address, size);
    restore_flags(fd, flags);
    return result;
}

/* A connection has been made, or has failed, only when connect says so once more: until then the
 * kernel has it as one in the making. Some protocols say it is made already. */
static int confirm_connection(int fd, int flags, const struct sockaddr *address, socklen_t size)
{
    int result = attempt_connect(fd, flags, address, size);
    return result < 0 && errno == EISCONN ? 0 : result;
}

static bool in_the_making(int result)
{
    return result < 0 && (errno == EINPROGRESS || errno == EALREADY);
}

/* connect(2): on a timeout the connection goes on being made. */
static int await_connection(struct call *call, int fd, int flags, const struct sockaddr *address,
                            socklen_t size)
{
    struct socket_wait wait = {0};
    int result;
    do {
        enum wait_outcome outcome = socket_wait(call, fd, POLLOUT, &wait);
        if (outcome == WAIT_FAILED && errno == EAGAIN)
            errno = EINPROGRESS;
        if (outcome == WAIT_FAILED)
            return -1;
        if (outcome == WAIT_REALLY)
            return REAL(connect)(fd, address, size);
        result = confirm_connection(fd, flags, address, size);
    } while (in_the_making(result));
    return result;
}

static int coop_connect(struct call *call, int fd, const struct sockaddr *address, socklen_t size)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || flags & O_NONBLOCK)
        return REAL(connect)(fd, address, size);
    int result = attempt_connect(fd, flags, address, size);
    while (result < 0 && errno == EAGAIN && address->sa_family == AF_UNIX) {
        int reason = call_sleep(call, clock_after(FULL_QUEUE_PAUSE), INTERRUPT_NO_RESTART);
        if (reason) {
            errno = reason;
            return -1;
        }
        result = attempt_connect(fd, flags, address, size);
    }
    return result < 0 && errno == EINPROGRESS ? await_connection(call, fd, flags, address, size)
                                              : result;
}

static inline int hook_connect(enum call_id id, const void *caller, int fd,
                               const struct sockaddr *address, socklen_t size)
{
    if (call_is_plain())
        return REAL(connect)(fd, address, size);
    struct call call = {.log = {.id = id, .fd = fd, .caller = caller}};
    fork_guard_check();
    if (log_on())
        log_peer(&this_thread, fd, TRACE_PEER_CONNECT, address, size);
    call_enter(&call);
    return (int)call_leave(&call, call.host ? coop_connect(&call, fd, address, size)
                                            : REAL(connect)(fd, address, size));
}

WAIT_ENTRY(int, connect, (int fd, const struct sockaddr *address, socklen_t size),
           (fd, address, size))
{
    return hook_connect(CALL_connect, caller, fd, address, size);
}

WAIT_ENTRY(int, __connect, (int fd, const struct sockaddr *address, socklen_t size),
           (fd, address, size))
{
    return hook_connect(CALL___connect, caller, fd, address, size);
}

/* ---- accept ---- */

/* Of less than SO_RCVLOWAT, which it has of the listening socket, nothing is reported. */
static bool is_plain_stream(int accepted)
{
    int type, least;
    socklen_t size = sizeof type, least_size = sizeof least;
    return getsockopt(accepted, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
           getsockopt(accepted, SOL_SOCKET, SO_RCVLOWAT, &least, &least_size) == 0 && least <= 1;
}

/* What is accepted is of the listening socket's kind. */
static void note_accepted(int listener, int accepted, uint32_t before)
{
    if (accepted < 0)
        return;
    if (own_socket_is(listener) || is_plain_stream(accepted))
        own_socket_made(accepted, before);
    else
        own_socket_gone(accepted);
}

/* In any program: what is accepted may be waited for by a task later. */
static int real_accept(int fd, struct sockaddr *peer, socklen_t *size, int flags)
{
    uint32_t before = own_socket_before();
    int accepted = REAL(accept4)(fd, peer, size, flags);
    note_accepted(fd, accepted, before);
    return accepted;
}

/* accept is accept4 without flags. */
static int coop_accept(struct call *call, int fd, struct sockaddr *peer, socklen_t *size, int flags)
{
    struct socket_wait wait = {0};
    for (;;) {
        int blocking = set_nonblocking(fd);
        int accepted = real_accept(fd, peer, size, flags);
        if (blocking < 0)
            return accepted;
        restore_flags(fd, blocking);
        if (!would_block(accepted))
            return accepted;
        enum wait_outcome outcome = socket_wait(call, fd, POLLIN, &wait);
        if (outcome == WAIT_FAILED)
            return -1;
        if (outcome == WAIT_REALLY)
            return real_accept(fd, peer, size, flags);
    }
}

static int leave_accept(struct call *call, int accepted)
{
    call_leave(call, accepted);
    if (accepted >= 0 && call->logged)
        log_accepted(call->thread, accepted);
    return accepted;
}

static inline int hook_accept(enum call_id id, const void *caller, int fd, struct sockaddr *peer,
                              socklen_t *size, int flags)
{
    if (mode_is_young())
        live_look();
    if (call_is_plain())
        return real_accept(fd, peer, size, flags);
    struct call call = {.log = {.id = id, .fd = fd, .caller = caller}};
    call_enter(&call);
    return leave_accept(&call, call.host ? coop_accept(&call, fd, peer, size, flags)
                                         : real_accept(fd, peer, size, flags));
}

EXPORT int accept(int fd, struct sockaddr *restrict peer, socklen_t *restrict size)
{
    return hook_accept(CALL_accept, CALLER, fd, peer, size, 0);
}

EXPORT int accept4(int fd, struct sockaddr *restrict peer, socklen_t *restrict size, int flags)
{
    return hook_accept(CALL_accept4, CALLER, fd, peer, size, flags);
}
