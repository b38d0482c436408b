/*
 * sendfile, splice: data that goes from one descriptor to another.
 *
 * Neither can be told not to wait for a socket, and O_NONBLOCK belongs to the open file: a thread
 * that reads from the same socket meanwhile would get a false EAGAIN. So a file is sent to a
 * blocking socket as send(2) would, piece by piece, from where sendfile would take it; and splice
 * moves what both ends are ready for.
 *
 * A file is read and sent in pieces of 64 KiB, after the kernel's own checks (a sendfile of
 * nothing). One of O_DIRECT is left to the kernel: pread would need an aligned buffer. To a socket
 * splice moves PIPE_BUF bytes at a time. What the kernel refuses it refuses before any wait.
 */
#include "call/socket_send.h"
#include "call/socket_wait.h"
#include "sys/kernel.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- two ends ---- */

/* One of the two descriptors. */
struct end {
    int fd;
    short events; /* what it is to be ready for */
    bool is_pipe, is_socket;
    bool waits; /* as the program has it */
    ino_t number;
};

static struct end end_of(int fd, short events, unsigned flags)
{
    struct stat status;
    struct end end = {.fd = fd, .events = events};
    int mode = fcntl(fd, F_GETFL);
    if (mode < 0 || fstat(fd, &status) != 0)
        return end;
    end.number = status.st_ino;
    end.is_pipe = S_ISFIFO(status.st_mode);
    end.is_socket = S_ISSOCK(status.st_mode);
    end.waits = (end.is_socket || (end.is_pipe && !(flags & SPLICE_F_NONBLOCK))) &&
                !(mode & O_NONBLOCK) &&
                (mode & O_ACCMODE) != (events == POLLIN ? O_WRONLY : O_RDONLY);
    return end;
}

static bool is_ready(const struct end *end)
{
    struct pollfd state = {end->fd, end->events, 0};
    return REAL(poll)(&state, 1, 0) != 0;
}

/* Returns when both ends are ready at once, those that the program has waited for. */
static enum wait_outcome await_both(struct call *call, const struct end *in, const struct end *out)
{
    enum wait_outcome outcome = WAIT_AGAIN;
    for (;;) {
        if (in->waits && !is_ready(in))
            outcome = file_wait(call, in->fd, in->events);
        else if (out->waits && !is_ready(out))
            outcome = file_wait(call, out->fd, out->events);
        else
            return WAIT_AGAIN;
        if (outcome != WAIT_AGAIN)
            return outcome;
    }
}

/* ---- sendfile ---- */

#define PIECE (64 << 10)

/* sendfile(2): it moves no more at a time. */
#define MOST 0x7ffff000

/* A file on its way; `position` is where the next piece is taken from. */
struct sending {
    int out, in;
    off_t *offset; /* the program's, or NULL: the file has its own position */
    off_t position;
    size_t done;
};

static void advance(struct sending *sending, size_t sent)
{
    sending->done += sent;
    sending->position += (off_t)sent;
    if (sending->offset)
        *sending->offset = sending->position;
    else
        lseek(sending->in, sending->position, SEEK_SET);
}

/* Returns 1: all of the piece is sent; 0: it is the last; -1: an error. */
static int send_piece(struct call *call, struct sending *sending, char *buffer, size_t size)
{
    ssize_t got = pread(sending->in, buffer, size, sending->position);
    ssize_t sent = got > 0 ? socket_send(call, sending->out, buffer, (size_t)got, 0, NULL, 0) : got;
    if (sent > 0)
        advance(sending, (size_t)sent);
    return sent <= 0 ? (int)sent : sent == got;
}

static ssize_t send_pieces(struct call *call, struct sending *sending, size_t size)
{
    char *buffer = FALLIBLE(malloc, NULL, PIECE);
    int outcome = 1;
    if (!buffer)
        return REAL(sendfile)(sending->out, sending->in, sending->offset, size);
    while (outcome > 0 && sending->done < size) {
        size_t left = size - sending->done;
        outcome = send_piece(call, sending, buffer, left < PIECE ? left : PIECE);
    }
    int saved_errno = errno;
    free(buffer);
    errno = saved_errno;
    return sending->done ? (ssize_t)sending->done : outcome < 0 ? -1 : 0;
}

static bool is_blocking_stream(int fd)
{
    int type;
    socklen_t size = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
           !descriptor_is_nonblocking(fd);
}

/* Read from as pread(2) does, into any buffer: one of O_DIRECT wants it aligned. */
static bool is_file(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode)) &&
           !(fcntl(fd, F_GETFL) & O_DIRECT);
}

/* A pipe takes what there is room for, and then the call returns. */
static ssize_t sendfile_when_ready(struct call *call, int out, int in, off_t *offset, size_t size)
{
    const struct end to = end_of(out, POLLOUT, 0);
    struct end from = end_of(in, POLLIN, 0);
    from.waits = from.waits && from.is_socket && to.is_pipe; /* else it is an error */
    return await_both(call, &from, &to) == WAIT_FAILED ? -1 : REAL(sendfile)(out, in, offset, size);
}

static ssize_t coop_sendfile(struct call *call, int out, int in, off_t *offset, size_t size)
{
    /* The kernel's own checks of the arguments, without data. */
    ssize_t checked = REAL(sendfile)(out, in, offset, 0);
    if (checked < 0 || !size)
        return checked;
    if (!is_blocking_stream(out) || !is_file(in))
        return sendfile_when_ready(call, out, in, offset, size);
    struct sending sending = {out, in, offset, offset ? *offset : lseek(in, 0, SEEK_CUR), 0};
    return send_pieces(call, &sending, size < MOST ? size : MOST);
}

static inline ssize_t hook_sendfile(enum call_id id, const void *caller, int out, int in,
                                    off_t *offset, size_t size)
{
    if (call_is_plain())
        return REAL(sendfile)(out, in, offset, size);
    struct call call = {.log = {.id = id, .fd = out, .caller = caller}};
    call_enter(&call);
    return call_leave(&call, call.host ? coop_sendfile(&call, out, in, offset, size)
                                       : REAL(sendfile)(out, in, offset, size));
}

ENTRY(ssize_t, sendfile, (int out, int in, off_t *offset, size_t size), (out, in, offset, size))
{
    return hook_sendfile(CALL_sendfile, caller, out, in, offset, size);
}

ENTRY(ssize_t, sendfile64, (int out, int in, off64_t *offset, size_t size), (out, in, offset, size))
{
    return hook_sendfile(CALL_sendfile64, caller, out, in, offset, size);
}

/* ---- splice ---- */

static bool has_data(int pipe)
{
    int bytes = 0;
    return ioctl(pipe, FIONREAD, &bytes) == 0 && bytes > 0;
}

/* A socket that poll(2) calls writable takes so much without waiting. */
#define PART PIPE_BUF

struct splicing {
    struct end in, out;
    off64_t *in_offset, *out_offset;
    unsigned flags;
};

static ssize_t splice_once(const struct splicing *splicing, size_t size, unsigned more_flags)
{
    return REAL(splice)(splicing->in.fd, splicing->in_offset, splicing->out.fd,
                        splicing->out_offset, size, splicing->flags | more_flags);
}

/* Another one may have been faster; then it is waited for once more. An end for which the program
 * does not want to wait says EAGAIN itself. */
static bool should_wait_again(const struct splicing *splicing)
{
    const struct end *in = &splicing->in, *out = &splicing->out;
    return (in->waits || is_ready(in)) && (out->waits || is_ready(out)) &&
           (!is_ready(in) || !is_ready(out));
}

/* Moves what can be moved without waiting. */
static ssize_t splice_part(struct call *call, const struct splicing *splicing, size_t size)
{
    for (;;) {
        enum wait_outcome outcome = await_both(call, &splicing->in, &splicing->out);
        if (outcome == WAIT_FAILED)
            return -1;
        if (outcome == WAIT_REALLY)
            return splice_once(splicing, size, 0);
        ssize_t moved = splice_once(splicing, size, SPLICE_F_NONBLOCK);
        if (!would_block(moved) || !should_wait_again(splicing))
            return moved;
    }
}

/* A pipe is emptied into a socket before the call returns. */
static ssize_t splice_to_socket(struct call *call, const struct splicing *splicing, size_t size)
{
    size_t done = 0;
    do {
        size_t left = size - done;
        ssize_t moved = splice_part(call, splicing, left < PART ? left : PART);
        if (moved <= 0)
            return done ? (ssize_t)done : moved;
        done += (size_t)moved;
    } while (done < size && has_data(splicing->in.fd));
    return (ssize_t)done;
}

#define SPLICE_FLAGS (SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT)

/* What the kernel says no to, it says at once. */
static bool is_valid(const struct splicing *splicing)
{
    const struct end *in = &splicing->in, *out = &splicing->out;
    return !(splicing->flags & ~SPLICE_FLAGS) && (in->is_pipe || out->is_pipe) &&
           !(splicing->in_offset && (in->is_pipe || in->is_socket)) &&
           !(splicing->out_offset && (out->is_pipe || out->is_socket)) &&
           !(in->is_pipe && out->is_pipe && in->number == out->number);
}

static ssize_t coop_splice(struct call *call, struct splicing *splicing, size_t size)
{
    struct end *in = &splicing->in, *out = &splicing->out;
    if (in->is_pipe && out->is_pipe)
        in->waits = out->waits = in->waits && out->waits;
    if (!size || (!in->waits && !out->waits) || !is_valid(splicing))
        return splice_once(splicing, size, 0);
    return out->is_socket && out->waits ? splice_to_socket(call, splicing, size)
                                        : splice_part(call, splicing, size);
}

ENTRY(ssize_t, splice,
      (int in, off64_t *in_offset, int out, off64_t *out_offset, size_t size, unsigned flags),
      (in, in_offset, out, out_offset, size, flags))
{
    if (call_is_plain())
        return REAL(splice)(in, in_offset, out, out_offset, size, flags);
    struct call call = {.log = {.id = CALL_splice, .fd = in, .caller = caller}};
    call_enter(&call);
    if (!call.host)
        return call_leave(&call, REAL(splice)(in, in_offset, out, out_offset, size, flags));
    struct splicing splicing = {end_of(in, POLLIN, flags), end_of(out, POLLOUT, flags), in_offset,
                                out_offset, flags};
    return call_leave(&call, coop_splice(&call, &splicing, size));
}
