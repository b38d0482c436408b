/*
 * send, sendto, sendmsg, sendmmsg, write, writev.
 */
#include "call/iovec.h"
#include "call/rights.h"
#include "call/socket_send.h"
#include "sys/readable.h"

#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

EXPORT ssize_t __send(int fd, const void *buffer, size_t size, int flags);
EXPORT ssize_t __write(int fd, const void *buffer, size_t size);

/* Each message is complete before the next one begins, as a blocking sendmmsg does it. */
static int coop_sendmmsg(struct call *call, int fd, struct mmsghdr *messages, unsigned count,
                         int flags)
{
    unsigned done = 0;
    for (; done < count; done++) {
        ssize_t sent = socket_sendmsg(call, fd, &messages[done].msg_hdr, flags);
        if (sent < 0)
            break;
        messages[done].msg_len = (unsigned)sent;
    }
    return done || !count ? (int)done : -1;
}

/* ---- what is not a socket ---- */

/* poll(2) calls a pipe writable when PIPE_BUF bytes fit, so that much does not block. */
static ssize_t write_in_parts(struct call *call, int fd, const char *buffer, size_t size)
{
    size_t done = 0;
    do {
        size_t part = size - done < PIPE_BUF ? size - done : PIPE_BUF;
        if (file_wait(call, fd, POLLOUT) == WAIT_FAILED)
            return done ? (ssize_t)done : -1;
        ssize_t written = REAL(write)(fd, buffer + done, part);
        if (written < 0)
            return done ? (ssize_t)done : -1;
        done += (size_t)written;
    } while (done < size);
    return (ssize_t)done;
}

/* Files and directories never make anybody wait for a descriptor. */
static bool can_be_full(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode) &&
           !S_ISBLK(status.st_mode);
}

static ssize_t coop_write(struct call *call, int fd, const void *buffer, size_t size)
{
    ssize_t sent = -1;
    errno = ENOTSOCK;
    if (size)
        sent = socket_send(call, fd, buffer, size, 0, NULL, 0);
    if (sent >= 0 || errno != ENOTSOCK)
        return sent;
    if (!size || !can_be_full(fd))
        return REAL(write)(fd, buffer, size);
    return write_in_parts(call, fd, buffer, size);
}

/* One buffer after the other: more than PIPE_BUF is not written at once by the real call either. */
static ssize_t write_each(struct call *call, int fd, const struct iovec *buffers, int count)
{
    size_t done = 0;
    for (int i = 0; i < count; i++) {
        if (!buffers[i].iov_len)
            continue;
        ssize_t written = write_in_parts(call, fd, buffers[i].iov_base, buffers[i].iov_len);
        if (written < 0)
            return done ? (ssize_t)done : -1;
        done += (size_t)written;
        if ((size_t)written < buffers[i].iov_len)
            break;
    }
    return (ssize_t)done;
}

static ssize_t coop_writev(struct call *call, int fd, const struct iovec *buffers, int count)
{
    struct msghdr message = {.msg_iov = (struct iovec *)buffers, .msg_iovlen = (size_t)count};
    ssize_t sent = -1;
    bool some =
        count > 0 && count <= IOVEC_MAX && readable(buffers, (size_t)count * sizeof *buffers);
    size_t size = some ? iovec_size(buffers, (size_t)count) : 0;
    errno = ENOTSOCK;
    if (size)
        sent = socket_sendmsg(call, fd, &message, 0);
    if (sent >= 0 || errno != ENOTSOCK)
        return sent;
    if (size && can_be_full(fd)) {
        if (size > PIPE_BUF)
            return write_each(call, fd, buffers, count);
        if (file_wait(call, fd, POLLOUT) == WAIT_FAILED)
            return -1;
    }
    return REAL(writev)(fd, buffers, count);
}

/* ---- the hooks: one body for each function and its twins ---- */

/* The first of several buffers; the vector need not be readable. */
static struct iovec first_of(const struct iovec *buffers, size_t count)
{
    return count && readable(buffers, sizeof *buffers) ? *buffers : (struct iovec){0};
}

static struct iovec first_of_message(const struct msghdr *message)
{
    return readable(message, sizeof *message) ? first_of(message->msg_iov, message->msg_iovlen)
                                              : (struct iovec){0};
}

/* The rest of a hook, from the call to its end: do_X, and say_X where it may begin a message. */
#define SAYS(call, bytes, size) \
    struct http_line line;      \
    call_says(call, &line, bytes, size)

/* Of a call that was tried, and has to wait. */
static __attribute__((noinline)) ssize_t enter_send_on(enum call_id id, const void *caller, int fd,
                                                       const void *buffer, size_t size, int flags,
                                                       ssize_t sent)
{
    struct call call;
    int before = errno;
    call_enter_fast(&call, id, fd, caller);
    sent = socket_send_on(&call, fd, buffer, size, flags, NULL, 0, sent);
    if (sent >= 0)
        errno = before; /* also where it has got no host: see call_leave */
    return call_leave_fast(&call, sent);
}

static ALWAYS_INLINE ssize_t send_at_once(enum call_id id, const void *caller, int fd,
                                          const void *buffer, size_t size, int flags)
{
    int *error = belongings_places.error, before = *error;
    ssize_t sent = REAL(send)(fd, buffer, size, flags | MSG_DONTWAIT);
    if (sent > 0)
        fd_note_asked(&this_thread, fd, true);
    if (socket_send_is_final(sent, size, flags))
        return sent;
    *error = before;
    return enter_send_on(id, caller, fd, buffer, size, flags, sent);
}

static ALWAYS_INLINE ssize_t do_send(struct call *call, int fd, const void *buffer, size_t size,
                                     int flags)
{
    ssize_t sent = call->host ? socket_send(call, fd, buffer, size, flags, NULL, 0)
                              : REAL(send)(fd, buffer, size, flags);
    return call_leave_fast(call, sent);
}

static __attribute__((noinline)) ssize_t say_send(struct call *call, int fd, const void *buffer,
                                                  size_t size, int flags)
{
    SAYS(call, buffer, size);
    return do_send(call, fd, buffer, size, flags);
}

static ALWAYS_INLINE ssize_t hook_send(enum call_id id, const void *caller, int fd,
                                       const void *buffer, size_t size, int flags)
{
    struct call call;
    CALL_ENTER_OR_RETURN(&call, id, fd, caller, REAL(send)(fd, buffer, size, flags));
    call_sends(&call, buffer, size);
    return call_may_say(&call) ? say_send(&call, fd, buffer, size, flags)
                               : do_send(&call, fd, buffer, size, flags);
}

QUIET_ENTRY(ssize_t, send, (int fd, const void *buffer, size_t size, int flags),
            (fd, buffer, size, flags))
{
    return hook_send(CALL_send, caller, fd, buffer, size, flags);
}

TRY_FIRST(ssize_t, send, (int fd, const void *buffer, size_t size, int flags))
{
    return call_is_only_tried(CALL_send) ? send_at_once(CALL_send, caller, fd, buffer, size, flags)
                                         : enter_send(fd, buffer, size, flags, caller);
}

ENTRY(ssize_t, __send, (int fd, const void *buffer, size_t size, int flags),
      (fd, buffer, size, flags))
{
    return hook_send(CALL___send, caller, fd, buffer, size, flags);
}

static ALWAYS_INLINE ssize_t do_sendto(struct call *call, int fd, const void *buffer, size_t size,
                                       int flags, const struct sockaddr *to, socklen_t to_size)
{
    ssize_t sent = call->host ? socket_send(call, fd, buffer, size, flags, to, to_size)
                              : REAL(sendto)(fd, buffer, size, flags, to, to_size);
    return call_leave_fast(call, sent);
}

static __attribute__((noinline)) ssize_t say_sendto(struct call *call, int fd, const void *buffer,
                                                    size_t size, int flags,
                                                    const struct sockaddr *to, socklen_t to_size)
{
    SAYS(call, buffer, size);
    return do_sendto(call, fd, buffer, size, flags, to, to_size);
}

ENTRY(ssize_t, sendto,
      (int fd, const void *buffer, size_t size, int flags, const struct sockaddr *to,
       socklen_t to_size),
      (fd, buffer, size, flags, to, to_size))
{
    struct call call;
    CALL_ENTER_OR_RETURN(&call, CALL_sendto, fd, caller,
                         REAL(sendto)(fd, buffer, size, flags, to, to_size));
    call_sends(&call, buffer, size);
    return call_may_say(&call) ? say_sendto(&call, fd, buffer, size, flags, to, to_size)
                               : do_sendto(&call, fd, buffer, size, flags, to, to_size);
}

static ALWAYS_INLINE ssize_t do_sendmsg(struct call *call, int fd, const struct msghdr *message,
                                        int flags)
{
    ssize_t sent =
        call->host ? socket_sendmsg(call, fd, message, flags) : REAL(sendmsg)(fd, message, flags);
    return call_leave_fast(call, sent);
}

static __attribute__((noinline)) ssize_t say_sendmsg(struct call *call, int fd,
                                                     const struct msghdr *message, int flags)
{
    struct iovec first = first_of_message(message);
    SAYS(call, first.iov_base, first.iov_len);
    return do_sendmsg(call, fd, message, flags);
}

static __attribute__((noinline)) void sends_message(struct call *call, const struct msghdr *message)
{
    struct iovec first = first_of_message(message);
    call_sends(call, first.iov_base, first.iov_len);
}

static ssize_t hook_sendmsg(const void *caller, int fd, const struct msghdr *message, int flags)
{
    struct call call;
    CALL_ENTER_OR_RETURN(&call, CALL_sendmsg, fd, caller, REAL(sendmsg)(fd, message, flags));
    if (call.logged && first_is_unseen(fd, false))
        sends_message(&call, message);
    return call_may_say(&call) ? say_sendmsg(&call, fd, message, flags)
                               : do_sendmsg(&call, fd, message, flags);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    bool noted = rights_note_sent(message);
    ssize_t sent = hook_sendmsg(CALLER, fd, message, flags);
    if (sent >= 0 && !noted)
        rights_note(message);
    return sent;
}

static int hook_sendmmsg(const void *caller, int fd, struct mmsghdr *messages, unsigned count,
                         int flags)
{
    struct call call;
    CALL_ENTER_OR_RETURN(&call, CALL_sendmmsg, fd, caller,
                         REAL(sendmmsg)(fd, messages, count, flags));
    return (int)call_leave_fast(&call, call.host ? coop_sendmmsg(&call, fd, messages, count, flags)
                                                 : REAL(sendmmsg)(fd, messages, count, flags));
}

EXPORT int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    int sent = hook_sendmmsg(CALLER, fd, messages, count, flags);
    for (int i = 0; i < sent; i++)
        rights_note(&messages[i].msg_hdr);
    return sent;
}

static ALWAYS_INLINE ssize_t do_write(struct call *call, int fd, const void *buffer, size_t size)
{
    ssize_t sent = call->host ? coop_write(call, fd, buffer, size) : REAL(write)(fd, buffer, size);
    return call_leave_fast(call, sent);
}

static __attribute__((noinline)) ssize_t say_write(struct call *call, int fd, const void *buffer,
                                                   size_t size)
{
    SAYS(call, buffer, size);
    return do_write(call, fd, buffer, size);
}

static ALWAYS_INLINE ssize_t hook_write(enum call_id id, const void *caller, int fd,
                                        const void *buffer, size_t size)
{
    struct call call;
    CALL_ENTER_OR_RETURN(&call, id, fd, caller, REAL(write)(fd, buffer, size));
    call_sends(&call, buffer, size);
    return call_may_say(&call) ? say_write(&call, fd, buffer, size)
                               : do_write(&call, fd, buffer, size);
}

ENTRY(ssize_t, write, (int fd, const void *buffer, size_t size), (fd, buffer, size))
{
    return hook_write(CALL_write, caller, fd, buffer, size);
}

ENTRY(ssize_t, __write, (int fd, const void *buffer, size_t size), (fd, buffer, size))
{
    return hook_write(CALL___write, caller, fd, buffer, size);
}

static ALWAYS_INLINE ssize_t do_writev(struct call *call, int fd, const struct iovec *buffers,
                                       int count)
{
    ssize_t sent =
        call->host ? coop_writev(call, fd, buffers, count) : REAL(writev)(fd, buffers, count);
    return call_leave_fast(call, sent);
}

static __attribute__((noinline)) ssize_t say_writev(struct call *call, int fd,
                                                    const struct iovec *buffers, int count)
{
    struct iovec first = first_of(buffers, (size_t)count);
    SAYS(call, first.iov_base, first.iov_len);
    return do_writev(call, fd, buffers, count);
}

static __attribute__((noinline)) void sends_vector(struct call *call, const struct iovec *buffers,
                                                   int count)
{
    struct iovec first = first_of(buffers, (size_t)count);
    call_sends(call, first.iov_base, first.iov_len);
}

ENTRY(ssize_t, writev, (int fd, const struct iovec *buffers, int count), (fd, buffers, count))
{
    struct call call;
    CALL_ENTER_OR_RETURN(&call, CALL_writev, fd, caller, REAL(writev)(fd, buffers, count));
    if (call.logged && first_is_unseen(fd, false))
        sends_vector(&call, buffers, count);
    return call_may_say(&call) ? say_writev(&call, fd, buffers, count)
                               : do_writev(&call, fd, buffers, count);
}
