#include "call/socket_send.h"

#include "call/iovec.h"
#include "sys/readable.h"

/* A first attempt that was not the whole: what the kernel has taken, or nothing. */
static size_t taken(ssize_t sent)
{
    return sent > 0 ? (size_t)sent : 0;
}

/* Sends what lies behind the first `done` bytes of a message, whose address and control data have
 * gone with them. As with the real call, an error counts only when nothing was sent. */
static __attribute__((noinline)) ssize_t
send_rest(struct call *call, int fd, const struct msghdr *message, int flags, size_t done)
{
    size_t count = message->msg_iovlen, whole = iovec_size(message->msg_iov, count);
    struct iovec rest[count ? count : 1];
    struct msghdr part = *message;
    struct socket_wait wait = {0};
    ssize_t sent = 0;
    do {
        enum wait_outcome outcome =
            sent < 0 || !done ? socket_wait(call, fd, POLLOUT, &wait) : WAIT_AGAIN;
        if (outcome == WAIT_FAILED)
            return done ? (ssize_t)done : -1;
        if (outcome == WAIT_REALLY)
            flags &= ~MSG_DONTWAIT;
        part.msg_iov = rest;
        part.msg_iovlen = iovec_rest(message->msg_iov, count, done, rest);
        if (done) {
            part.msg_control = NULL;
            part.msg_controllen = 0;
            flags |= MSG_NOSIGNAL; /* the next call gets the SIGPIPE */
        }
        sent = REAL(sendmsg)(fd, &part, flags);
        done += taken(sent);
    } while (would_block(sent) || (sent > 0 && done < whole));
    return done ? (ssize_t)done : sent;
}

/* All bytes of a message, or 0 where the kernel will say what is wrong with it. Asked before it is
 * sent: who has received all of it may know that nobody needs the message any more. */
static size_t size_of(const struct msghdr *message)
{
    bool some = readable(message, sizeof *message) && message->msg_iovlen <= IOVEC_MAX &&
                readable(message->msg_iov, message->msg_iovlen * sizeof *message->msg_iov);
    return some ? iovec_size(message->msg_iov, message->msg_iovlen) : 0;
}

ssize_t socket_sendmsg(struct call *call, int fd, const struct msghdr *message, int flags)
{
    size_t size = size_of(message);
    ssize_t sent = REAL(sendmsg)(fd, message, flags | MSG_DONTWAIT);
    if (sent < 0 && !would_block(sent)) /* perhaps it has no such message */
        return sent;
    if (sent > 0)
        socket_note_asked(call, fd, true);
    if (socket_send_is_final(sent, size, flags))
        return sent;
    return send_rest(call, fd, message, flags | MSG_DONTWAIT, taken(sent));
}

ssize_t socket_send_on(struct call *call, int fd, const void *buffer, size_t size, int flags,
                       const struct sockaddr *to, socklen_t to_size, ssize_t sent)
{
    struct iovec whole = {(void *)buffer, size};
    struct msghdr message = {(void *)to, to_size, &whole, 1, NULL, 0, 0};
    return send_rest(call, fd, &message, flags | MSG_DONTWAIT, taken(sent));
}

ssize_t socket_send(struct call *call, int fd, const void *buffer, size_t size, int flags,
                    const struct sockaddr *to, socklen_t to_size)
{
    ssize_t sent = REAL(sendto)(fd, buffer, size, flags | MSG_DONTWAIT, to, to_size);
    if (sent > 0)
        socket_note_asked(call, fd, true);
    if (socket_send_is_final(sent, size, flags))
        return sent;
    return socket_send_on(call, fd, buffer, size, flags, to, to_size, sent);
}
