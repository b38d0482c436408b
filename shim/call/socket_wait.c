#include "call/socket_wait.h"

#include "sys/clock.h"
#include "sys/kernel.h"
#include "sys/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

bool descriptor_is_nonblocking(int fd)
{
    int flags = REAL(fcntl)(fd, F_GETFL);
    return flags >= 0 && flags & O_NONBLOCK;
}

static uint64_t timeout_of(int fd, int option)
{
    struct timeval timeout;
    socklen_t size = sizeof timeout;
    if (getsockopt(fd, SOL_SOCKET, option, &timeout, &size) != 0 ||
        (!timeout.tv_sec && !timeout.tv_usec))
        return CLOCK_NEVER;
    struct timespec precise = {timeout.tv_sec, timeout.tv_usec * 1000};
    return clock_from_timespec(&precise);
}

static void learn_timeout(struct socket_wait *wait, int fd, short events)
{
    uint64_t timeout = timeout_of(fd, events & POLLIN ? SO_RCVTIMEO : SO_SNDTIMEO);
    wait->known = true;
    wait->has_timeout = timeout != CLOCK_NEVER;
    wait->deadline = wait->has_timeout ? clock_after(timeout) : CLOCK_NEVER;
}

static __attribute__((noinline)) enum wait_outcome unusual_outcome(enum wake wake)
{
    switch (wake) {
    case WAKE_RETRY:
        return WAIT_AGAIN;
    case WAKE_NO_HOST:
        return WAIT_REALLY;
    case WAKE_TIMED_OUT:
        errno = EAGAIN;
        break;
    case WAKE_CLOSED:
        errno = EBADF;
        break;
    case WAKE_SIGNALLED:
    case WAKE_CANCELLED:
        errno = wake_error(wake);
        break;
    }
    return WAIT_FAILED;
}

static inline enum wait_outcome outcome(enum wake wake)
{
    return wake == WAKE_RETRY ? WAIT_AGAIN : unusual_outcome(wake);
}

/* signal(7): with a timeout, a handler ends the call even under SA_RESTART. */
static enum interruption interruption_of(const struct socket_wait *wait)
{
    return wait->has_timeout ? INTERRUPT_ALWAYS : INTERRUPT_NO_RESTART;
}

static enum wait_outcome park(struct call *call, int fd, short events, struct socket_wait *wait)
{
    struct pollfd interest = {fd, events, 0};
    if (!wait->known)
        learn_timeout(wait, fd, events);
    return outcome(call_wait(call, &interest, 1, wait->deadline, interruption_of(wait)));
}

/* ---- errors that no attempt takes ---- */

/*
 * What is in a socket's queue of errors (the completions of MSG_ZEROCOPY, IP_RECVERR) makes it
 * ready to poll(2) and epoll until the program takes it, and not to a read or write. Who waits for
 * those then looks from time to time. A call is asked after some waits, for most need one.
 */
#define ERRORS_PAUSE  (2 * NS_PER_MS)
#define WAITS_TO_LOOK 16

static __attribute__((noinline)) bool has_errors_alone(int fd, short events)
{
    struct pollfd state = {fd, events, 0};
    return REAL(poll)(&state, 1, 0) > 0 && state.revents == POLLERR;
}

static inline bool is_ready_for_nothing(struct socket_wait *wait, int fd, short events)
{
    if (!wait->has_errors && ++wait->count % WAITS_TO_LOOK)
        return false;
    wait->has_errors = has_errors_alone(fd, events);
    return wait->has_errors;
}

static __attribute__((noinline)) enum wait_outcome
pause_beside_errors(struct call *call, int fd, short events, struct socket_wait *wait)
{
    uint64_t next = clock_after(ERRORS_PAUSE);
    if (!wait->known)
        learn_timeout(wait, fd, events);
    bool is_last = wait->deadline <= next;
    enum wake wake =
        call_wait(call, NULL, 0, is_last ? wait->deadline : next, interruption_of(wait));
    return wake == WAKE_TIMED_OUT && !is_last ? WAIT_AGAIN : outcome(wake);
}

/* ---- sockets ---- */

/* A call that was refused has no host any more. */
static bool knows_sockets(const struct call *call)
{
    return call->host && call->host->waits_for_ever;
}

/* Whether all that is to be known of a wait for data is known of a wait before. */
static bool waits_for_ever(const struct call *call, int fd, short events,
                           const struct socket_wait *wait)
{
    return events == POLLIN && !wait->known && knows_sockets(call) &&
           call->host->waits_for_ever(call->thread, fd);
}

static enum wait_outcome park_for_ever(struct call *call, int fd)
{
    struct pollfd interest = {fd, POLLIN, 0};
    return outcome(call_wait(call, &interest, 1, CLOCK_NEVER, INTERRUPT_NO_RESTART));
}

enum wait_outcome socket_wait(struct call *call, int fd, short events, struct socket_wait *wait)
{
    if (!call->host) /* what was tried first and entered then, or was refused */
        return WAIT_REALLY;
    if (is_ready_for_nothing(wait, fd, events))
        return pause_beside_errors(call, fd, events, wait);
    if (waits_for_ever(call, fd, events, wait))
        return park_for_ever(call, fd);
    struct own_socket stamp = own_socket_stamp(fd);
    if (!wait->known && descriptor_is_nonblocking(fd)) {
        errno = EAGAIN;
        return WAIT_FAILED;
    }
    if (!wait->known)
        learn_timeout(wait, fd, events);
    if (events == POLLIN && stamp.epoch && !wait->has_timeout && knows_sockets(call))
        call->host->note_waits_for_ever(call->thread, fd, stamp);
    return park(call, fd, events, wait);
}

/* ---- an answer that has hardly come yet ---- */

void socket_note_asked(const struct call *call, int fd, bool asked)
{
    if (call->quiet)
        fd_note_asked(call->thread, fd, asked);
    else if (knows_sockets(call))
        call->host->note_asked(call->thread, fd, asked);
}

enum wait_outcome socket_wait_for_answer(struct call *call, int fd)
{
    if (call_waits_quietly(call)) {
        enum wake wake = fd_wait_for_answer(call->thread, fd);
        return wake == WAKE_NO_HOST ? WAIT_UNASKED : outcome(wake);
    }
    if (!knows_sockets(call) || !call->host->is_asked(call->thread, fd))
        return WAIT_UNASKED;
    call->host->note_asked(call->thread, fd, false);
    return park_for_ever(call, fd);
}

/* ---- whether poll(2) will ever say more ---- */

/* What the kernel's own files wait for, by the names that proc(5) has for them. */
static const char *const readers[] = {"[eventfd]", "[timerfd]",  "[signalfd]",
                                      "inotify",   "[fanotify]", "[userfaultfd]"};
static const char *const writers[] = {"[eventfd]"};

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

/* The name of a file that is in no directory and of no type; NULL for others. */
static const char *kernel_name(int fd, char room[64])
{
    static const char prefix[] = "anon_inode:";
    struct stat status;
    struct text path = {0};
    if (fstat(fd, &status) != 0 || status.st_mode & S_IFMT)
        return NULL;
    text_add(&path, "/proc/self/fd/");
    text_add_number(&path, (uint64_t)fd);
    ssize_t size = KERNEL(readlinkat, AT_FDCWD, text_string(&path), room, 63);
    room[size < 0 ? 0 : size] = '\0';
    return strncmp(room, prefix, strlen(prefix)) ? NULL : room + strlen(prefix);
}

/* Nobody can write to a timerfd, nor read from a pidfd or an epoll descriptor: they say so at once,
 * and are not ready meanwhile. */
static bool has_such_data(int fd, short events)
{
    char room[64];
    const char *name = kernel_name(fd, room);
    if (!name)
        return true;
    return events & POLLIN ? is_one_of(name, readers, sizeof readers / sizeof *readers)
                           : is_one_of(name, writers, sizeof writers / sizeof *writers);
}

/* Data never come to the end that only writes, nor room to the one that only reads: EBADF is at
 * once. */
static bool may_block(int fd, short events)
{
    int flags = fcntl(fd, F_GETFL);
    int wrong_way = events & POLLIN ? O_WRONLY : O_RDONLY;
    return flags < 0 ||
           (!(flags & O_NONBLOCK) && (flags & O_ACCMODE) != wrong_way && has_such_data(fd, events));
}

enum wait_outcome file_wait(struct call *call, int fd, short events)
{
    struct socket_wait wait = {0};
    for (;;) {
        struct pollfd interest = {fd, events, 0};
        if (REAL(poll)(&interest, 1, 0) != 0 || !may_block(fd, events))
            return WAIT_AGAIN;
        enum wait_outcome outcome = park(call, fd, events, &wait);
        if (outcome != WAIT_AGAIN)
            return outcome;
    }
}
