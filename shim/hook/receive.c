/*
 * recv, recvfrom, recvmsg, recvmmsg, read, readv.
 *
 * Each tries the call as it is, with MSG_DONTWAIT, and only what would have blocked goes the long
 * way, as a struct msghdr. What is not a socket waits for poll(2) and makes the real call then; of
 * several readers of one pipe, one may still block there.
 */
#include "call/iovec.h"
#include "call/rights.h"
#include "call/socket_wait.h"
#include "sys/clock.h"
#include "sys/readable.h"

#include <sys/socket.h>
#include <unistd.h>

/* No header declares these to us: they are what fortified callers and old programs call. */
EXPORT ssize_t __read(int fd, void *buffer, size_t size);
EXPORT ssize_t __recv_chk(int fd, void *buffer, size_t size, size_t room, int flags);
EXPORT ssize_t __recvfrom_chk(int fd, void *buffer, size_t size, size_t room, int flags,
                              struct sockaddr *from, socklen_t *from_size);
EXPORT ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
__attribute__((noreturn)) void __chk_fail(void);

/* With these the result is not how much of what was sent is in the buffer now. */
#define NOT_MOVED (MSG_PEEK | MSG_TRUNC)

static bool is_stream(int fd)
{
    int type;
    socklen_t size = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

/* MSG_WAITALL: whether to go on after `done` of `wanted` bytes. It means nothing to datagrams. */
static bool wants_more(int fd, int flags, size_t done, size_t wanted)
{
    return flags & MSG_WAITALL && done && done < wanted && is_stream(fd);
}

/* How often MSG_PEEK looks whether more has come: the descriptor is ready all the time. */
#define PEEK_PAUSE (2 * NS_PER_MS)

/* Whether all has come that will. */
static bool has_ended(int fd)
{
    struct pollfd state = {fd, POLLIN | POLLRDHUP, 0};
    return REAL(poll)(&state, 1, 0) > 0 && state.revents & (POLLRDHUP | POLLHUP | POLLERR);
}

/* MSG_PEEK | MSG_WAITALL after a peek at a part. */
static ssize_t peek_all(struct call *call, int fd, struct msghdr *message, int flags, ssize_t got)
{
    size_t wanted = iovec_size(message->msg_iov, message->msg_iovlen);
    while (got > 0 && wants_more(fd, flags, (size_t)got, wanted) && !has_ended(fd)) {
        if (call_sleep(call, clock_after(PEEK_PAUSE), INTERRUPT_NO_RESTART) != 0)
            break;
        got = REAL(recvmsg)(fd, message, flags);
    }
    return got;
}

/* Goes on after a first attempt on a blocking socket that gave `got`. */
static ssize_t receive_rest(struct call *call, int fd, struct msghdr *message, int flags,
                            ssize_t got)
{
    const struct iovec *buffers = message->msg_iov;
    size_t count = message->msg_iovlen, wanted = iovec_size(buffers, count);
    size_t done = got > 0 ? (size_t)got : 0;
    struct iovec rest[count ? count : 1];
    struct socket_wait wait = {0};
    bool all = !(flags & MSG_PEEK);
    while (would_block(got) || (all && got > 0 && wants_more(fd, flags, done, wanted))) {
        if (got < 0) {
            enum wait_outcome outcome = socket_wait(call, fd, POLLIN, &wait);
            if (outcome == WAIT_FAILED)
                break;
            if (outcome == WAIT_REALLY)
                flags &= ~MSG_DONTWAIT;
        }
        message->msg_iov = rest;
        message->msg_iovlen = iovec_rest(buffers, count, done, rest);
        got = REAL(recvmsg)(fd, message, flags);
        done += got > 0 ? (size_t)got : 0;
    }
    message->msg_iov = (struct iovec *)buffers;
    message->msg_iovlen = count;
    if (!all)
        return peek_all(call, fd, message, flags, got);
    return done ? (ssize_t)done : got;
}

/* recv(2): with these nobody waits, also on a blocking socket. */
#define NO_WAITING (MSG_DONTWAIT | MSG_ERRQUEUE | MSG_OOB)

/* Whether an attempt says all there is to say. */
static bool is_final(ssize_t got, int flags)
{
    return flags & NO_WAITING || (got >= 0 ? !(flags & MSG_WAITALL) : !would_block(got));
}

static ssize_t coop_receive(struct call *call, int fd, struct msghdr *message, int flags)
{
    if (!readable(message, sizeof *message))
        return REAL(recvmsg)(fd, message, flags);
    struct msghdr first = *message;
    ssize_t got = REAL(recvmsg)(fd, message, flags | MSG_DONTWAIT);
    if (is_final(got, flags) || message->msg_iovlen > IOVEC_MAX)
        return got;
    if (got < 0)
        *message = first;
    return receive_rest(call, fd, message, flags | MSG_DONTWAIT, got);
}

/* After an attempt without data: waits for some, whatever comes. */
static ssize_t receive_some(struct call *call, int fd, void *buffer, size_t size, int flags)
{
    struct socket_wait wait = {0};
    ssize_t got;
    do {
        enum wait_outcome outcome = socket_wait(call, fd, POLLIN, &wait);
        if (outcome == WAIT_FAILED)
            return -1;
        if (outcome == WAIT_REALLY)
            return REAL(recv)(fd, buffer, size, flags);
        got = REAL(recv)(fd, buffer, size, flags | MSG_DONTWAIT);
    } while (would_block(got));
    return got;
}

/* After a wait for an answer. Data that are there count for more than a handler that has run. */
static ssize_t receive_answer(struct call *call, int fd, void *buffer, size_t size, int flags,
                              enum wait_outcome outcome)
{
    if (outcome == WAIT_REALLY)
        return REAL(recv)(fd, buffer, size, flags);
    if (outcome == WAIT_FAILED && errno != EINTR)
        return -1;
    ssize_t got = REAL(recv)(fd, buffer, size, flags | MSG_DONTWAIT);
    if (!would_block(got))
        return got;
    if (outcome == WAIT_AGAIN)
        return receive_some(call, fd, buffer, size, flags);
    errno = EINTR;
    return -1;
}

static __attribute__((noinline)) ssize_t receive_whole(struct call *call, int fd, void *buffer,
                                                       size_t size, int flags, ssize_t got)
{
    struct iovec whole = {buffer, size};
    struct msghdr message = {.msg_iov = &whole, .msg_iovlen = 1};
    return receive_rest(call, fd, &message, flags, got);
}

/* The rest after an attempt that does not say all. */
static ssize_t recv_on(struct call *call, int fd, void *buffer, size_t size, int flags, ssize_t got)
{
    if (!(flags & (MSG_WAITALL | MSG_PEEK)))
        return receive_some(call, fd, buffer, size, flags);
    return receive_whole(call, fd, buffer, size, flags | MSG_DONTWAIT, got);
}

static ssize_t coop_recv(struct call *call, int fd, void *buffer, size_t size, int flags)
{
    enum wait_outcome waited = WAIT_UNASKED;
    if (size && !(flags & ~MSG_NOSIGNAL))
        waited = socket_wait_for_answer(call, fd);
    if (waited != WAIT_UNASKED)
        return receive_answer(call, fd, buffer, size, flags, waited);
    ssize_t got = REAL(recv)(fd, buffer, size, flags | MSG_DONTWAIT);
    return is_final(got, flags) ? got : recv_on(call, fd, buffer, size, flags, got);
}

static ssize_t coop_recvfrom(struct call *call, int fd, void *buffer, size_t size, int flags,
                             struct sockaddr *from, socklen_t *from_size)
{
    struct iovec whole = {buffer, size};
    struct msghdr message = {.msg_iov = &whole, .msg_iovlen = 1};
    socklen_t room = from && readable(from_size, sizeof *from_size) ? *from_size : 0;
    ssize_t got = REAL(recvfrom)(fd, buffer, size, flags | MSG_DONTWAIT, from, from_size);
    if (is_final(got, flags))
        return got;
    message.msg_name = from;
    message.msg_namelen = room;
    got = receive_rest(call, fd, &message, flags | MSG_DONTWAIT, got);
    if (got >= 0 && from && from_size)
        *from_size = message.msg_namelen;
    return got;
}

static ssize_t coop_read(struct call *call, int fd, void *buffer, size_t size)
{
    ssize_t got = -1;
    errno = ENOTSOCK;
    /* read(2) of nothing returns at once, recv(2) waits. */
    if (size)
        got = coop_recv(call, fd, buffer, size, 0);
    if (got >= 0 || errno != ENOTSOCK)
        return got;
    if (size && file_wait(call, fd, POLLIN) == WAIT_FAILED)
        return -1;
    return REAL(read)(fd, buffer, size);
}

static ssize_t coop_readv(struct call *call, int fd, const struct iovec *buffers, int count)
{
    struct msghdr message = {.msg_iov = (struct iovec *)buffers, .msg_iovlen = (size_t)count};
    ssize_t got = -1;
    bool some = count > 0 && count <= IOVEC_MAX &&
                readable(buffers, (size_t)count * sizeof *buffers) &&
                iovec_size(buffers, (size_t)count);
    errno = ENOTSOCK;
    if (some)
        got = coop_receive(call, fd, &message, 0);
    if (got >= 0 || errno != ENOTSOCK)
        return got;
    if (some && file_wait(call, fd, POLLIN) == WAIT_FAILED)
        return -1;
    return REAL(readv)(fd, buffers, count);
}

/* recvmmsg(2): the timeout is looked at only after a message has come. */
static int coop_recvmmsg(struct call *call, int fd, struct mmsghdr *messages, unsigned count,
                         int flags, uint64_t deadline)
{
    struct socket_wait wait = {0};
    int attempt = (flags & ~MSG_WAITFORONE) | MSG_DONTWAIT;
    for (unsigned done = 0;;) {
        int got = REAL(recvmmsg)(fd, messages + done, count - done, attempt, NULL);
        bool empty = would_block(got);
        done += got > 0 ? (unsigned)got : 0;
        if (done == count || (got < 0 && !empty) || flags & NO_WAITING ||
            (done && (flags & MSG_WAITFORONE || clock_now() >= deadline)))
            return done ? (int)done : got;
        if (!empty)
            continue;
        enum wait_outcome outcome = socket_wait(call, fd, POLLIN, &wait);
        if (outcome == WAIT_FAILED)
            return done ? (int)done : -1;
        if (outcome == WAIT_REALLY)
            attempt &= ~MSG_DONTWAIT;
    }
}

/* Of several buffers the first. */
static inline void has_read_vector(struct call *call, const struct iovec *vector, size_t length,
                                   int64_t count)
{
    if (count > 0 && length)
        call_has_read(call, vector->iov_base,
                      (uint64_t)count < vector->iov_len ? count : (int64_t)vector->iov_len);
}

static inline void has_received(struct call *call, const void *bytes, int64_t count, int flags)
{
    call->log.peeks = flags & MSG_PEEK;
    call_has_read(call, flags & NOT_MOVED ? NULL : bytes, count);
}

/* ---- the hooks: one body for each function and its twins ---- */

/* Of a call that was tried, and has to wait. */
static __attribute__((noinline)) ssize_t enter_recv_on(enum call_id id, const void *caller, int fd,
                                                       void *buffer, size_t size, int flags,
                                                       ssize_t got)
{
    struct call call;
    int before = errno;
    call_enter_fast(&call, id, fd, caller);
    errno = EAGAIN; /* as the attempt left it, if it had nothing */
    got = recv_on(&call, fd, buffer, size, flags, got);
    if (got >= 0)
        errno = before; /* also where it has got no host: see call_leave */
    has_received(&call, buffer, got, flags);
    return call_leave_fast(&call, got);
}

static ALWAYS_INLINE ssize_t recv_at_once(enum call_id id, const void *caller, int fd, void *buffer,
                                          size_t size, int flags)
{
    struct thread *thread = &this_thread;
    int *error = belongings_places.error, before = *error;
    if (size && !(flags & ~MSG_NOSIGNAL) && call_waits_untold(thread) &&
        fd_wait_for_answer(thread, fd) == WAKE_CLOSED) {
        *error = EBADF;
        return -1;
    }
    ssize_t got = REAL(recv)(fd, buffer, size, flags | MSG_DONTWAIT);
    bool over = is_final(got, flags);
    if (got >= 0 || !over)
        *error = before; /* a sleep may have changed it: see call_leave */
    return over ? got : enter_recv_on(id, caller, fd, buffer, size, flags, got);
}

static ALWAYS_INLINE ssize_t hook_recv(enum call_id id, const void *caller, int fd, void *buffer,
                                       size_t size, int flags)
{
    struct call call;
    CALL_ENTER_OR_RETURN(&call, id, fd, caller, REAL(recv)(fd, buffer, size, flags));
    ssize_t got =
        call.host ? coop_recv(&call, fd, buffer, size, flags) : REAL(recv)(fd, buffer, size, flags);
    has_received(&call, buffer, got, flags);
    return call_leave_fast(&call, got);
}

QUIET_ENTRY(ssize_t, recv, (int fd, void *buffer, size_t size, int flags),
            (fd, buffer, size, flags))
{
    return hook_recv(CALL_recv, caller, fd, buffer, size, flags);
}

TRY_FIRST(ssize_t, recv, (int fd, void *buffer, size_t size, int flags))
{
    return call_is_only_tried(CALL_recv) ? recv_at_once(CALL_recv, caller, fd, buffer, size, flags)
                                         : enter_recv(fd, buffer, size, flags, caller);
}

QUIET_ENTRY(ssize_t, __recv_chk, (int fd, void *buffer, size_t size, size_t room, int flags),
            (fd, buffer, size, room, flags))
{
    if (size > room)
        __chk_fail();
    return hook_recv(CALL___recv_chk, caller, fd, buffer, size, flags);
}

TRY_FIRST(ssize_t, __recv_chk, (int fd, void *buffer, size_t size, size_t room, int flags))
{
    return size <= room && call_is_only_tried(CALL___recv_chk)
               ? recv_at_once(CALL___recv_chk, caller, fd, buffer, size, flags)
               : enter___recv_chk(fd, buffer, size, room, flags, caller);
}

static ALWAYS_INLINE ssize_t hook_recvfrom(enum call_id id, const void *caller, int fd,
                                           void *buffer, size_t size, int flags,
                                           struct sockaddr *from, socklen_t *from_size)
{
    struct call call;
    CALL_ENTER_OR_RETURN(&call, id, fd, caller,
                         REAL(recvfrom)(fd, buffer, size, flags, from, from_size));
    ssize_t got = call.host ? coop_recvfrom(&call, fd, buffer, size, flags, from, from_size)
                            : REAL(recvfrom)(fd, buffer, size, flags, from, from_size);
    has_received(&call, buffer, got, flags);
    return call_leave_fast(&call, got);
}

ENTRY(ssize_t, recvfrom,
      (int fd, void *restrict buffer, size_t size, int flags, struct sockaddr *restrict from,
       socklen_t *restrict from_size),
      (fd, buffer, size, flags, from, from_size))
{
    return hook_recvfrom(CALL_recvfrom, caller, fd, buffer, size, flags, from, from_size);
}

ENTRY(ssize_t, __recvfrom_chk,
      (int fd, void *buffer, size_t size, size_t room, int flags, struct sockaddr *from,
       socklen_t *from_size),
      (fd, buffer, size, room, flags, from, from_size))
{
    if (size > room)
        __chk_fail();
    return hook_recvfrom(CALL___recvfrom_chk, caller, fd, buffer, size, flags, from, from_size);
}

static ssize_t hook_recvmsg(const void *caller, int fd, struct msghdr *message, int flags)
{
    struct call call;
    CALL_ENTER_OR_RETURN(&call, CALL_recvmsg, fd, caller, REAL(recvmsg)(fd, message, flags));
    ssize_t got =
        call.host ? coop_receive(&call, fd, message, flags) : REAL(recvmsg)(fd, message, flags);
    call.log.peeks = flags & MSG_PEEK;
    if (got > 0 && !(flags & NOT_MOVED)) /* else it may be no memory */
        has_read_vector(&call, message->msg_iov, message->msg_iovlen, got);
    return call_leave_fast(&call, got);
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    ssize_t got = hook_recvmsg(CALLER, fd, message, flags);
    if (got >= 0)
        rights_note(message);
    return got;
}

static int hook_recvmmsg(const void *caller, int fd, struct mmsghdr *messages, unsigned count,
                         int flags, struct timespec *timeout)
{
    struct call call;
    CALL_ENTER_OR_RETURN(&call, CALL_recvmmsg, fd, caller,
                         REAL(recvmmsg)(fd, messages, count, flags, timeout));
    call.log.peeks = flags & MSG_PEEK;
    if (!call.host || !count || (timeout && !readable(timeout, sizeof *timeout)))
        return (int)call_leave_fast(&call, REAL(recvmmsg)(fd, messages, count, flags, timeout));
    uint64_t deadline = timeout ? clock_after(clock_from_timespec(timeout)) : CLOCK_NEVER;
    int got = coop_recvmmsg(&call, fd, messages, count, flags, deadline);
    if (timeout) {
        uint64_t now = clock_now();
        *timeout = clock_to_timespec(deadline > now ? deadline - now : 0);
    }
    return (int)call_leave_fast(&call, got);
}

EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags,
                    struct timespec *timeout)
{
    int got = hook_recvmmsg(CALLER, fd, messages, count, flags, timeout);
    for (int i = 0; i < got; i++)
        rights_note(&messages[i].msg_hdr);
    return got;
}

static ALWAYS_INLINE ssize_t hook_read(enum call_id id, const void *caller, int fd, void *buffer,
                                       size_t size)
{
    struct call call;
    CALL_ENTER_OR_RETURN(&call, id, fd, caller, REAL(read)(fd, buffer, size));
    ssize_t got = call.host ? coop_read(&call, fd, buffer, size) : REAL(read)(fd, buffer, size);
    call_has_read(&call, buffer, got);
    return call_leave_fast(&call, got);
}

ENTRY(ssize_t, read, (int fd, void *buffer, size_t size), (fd, buffer, size))
{
    return hook_read(CALL_read, caller, fd, buffer, size);
}

ENTRY(ssize_t, __read, (int fd, void *buffer, size_t size), (fd, buffer, size))
{
    return hook_read(CALL___read, caller, fd, buffer, size);
}

ENTRY(ssize_t, __read_chk, (int fd, void *buffer, size_t size, size_t room),
      (fd, buffer, size, room))
{
    if (size > room)
        __chk_fail();
    return hook_read(CALL___read_chk, caller, fd, buffer, size);
}

ENTRY(ssize_t, readv, (int fd, const struct iovec *buffers, int count), (fd, buffers, count))
{
    struct call call;
    CALL_ENTER_OR_RETURN(&call, CALL_readv, fd, caller, REAL(readv)(fd, buffers, count));
    ssize_t got =
        call.host ? coop_readv(&call, fd, buffers, count) : REAL(readv)(fd, buffers, count);
    has_read_vector(&call, buffers, (size_t)count, got);
    return call_leave_fast(&call, got);
}
