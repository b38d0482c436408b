/*
 * pclose: closes a pipe, and waits for the child at its other end.
 *
 * libc does both in one. The child may be waiting for the pipe's end, so what waits here puts
 * /dev/null in the pipe's place first; then it parks until the child has ended, and libc finds
 * nothing to wait for. No handler ends the wait, as in libc.
 *
 * The child's number is in libc's own struct, and believed only if the kernel says that we have
 * such a child.
 */
#include "call/call.h"
#include "sys/clock.h"
#include "sys/kernel.h"
#include "sys/own_fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <sys/wait.h>

/* glibc's struct _IO_proc_file begins so. What is read as a child's number is one only if the
 * kernel says that we have such a child. */
struct process_file {
    FILE file;
    const void *functions;
    pid_t child;
};

/* ---- the child ---- */

enum child_state { CHILD_NONE, CHILD_RUNS, CHILD_ENDED };

/* Without taking its status. */
static enum child_state state_of(pid_t child)
{
    siginfo_t info = {0};
    if (child <= 0 || REAL(waitid)(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
        return CHILD_NONE;
    return info.si_pid ? CHILD_ENDED : CHILD_RUNS;
}

/* Where there is no descriptor to wait for, the child is looked for again. */
#define PAUSE (10 * NS_PER_MS)

static void await_end(struct call *call, pid_t child)
{
    int pidfd = own_fd_adopt((int)KERNEL(pidfd_open, child, 0));
    enum wake wake = WAKE_RETRY;
    while (state_of(child) == CHILD_RUNS && wake != WAKE_NO_HOST) {
        struct pollfd interest = {pidfd, POLLIN, 0};
        wake = call_wait(call, &interest, pidfd >= 0, pidfd >= 0 ? CLOCK_NEVER : clock_after(PAUSE),
                         INTERRUPT_NEVER);
        if (wake == WAKE_CLOSED)
            pidfd = -1;
    }
    own_fd_close(pidfd);
}

/* ---- the pipe ---- */

/* Writes what is left, and closes the pipe's end; its number stays in use. What cannot be written
 * is for libc to tell. */
static bool close_end(FILE *stream)
{
    int fd = fileno(stream), nothing = -1;
    if (fd >= 0 && (!__fwriting(stream) || fflush(stream) == 0))
        nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool closed = nothing >= 0 && dup3(nothing, fd, O_CLOEXEC) == fd;
    if (nothing >= 0)
        REAL(close)(nothing);
    return closed;
}

static int coop_pclose(struct call *call, FILE *stream)
{
    pid_t child = ((const struct process_file *)stream)->child;
    if (state_of(child) == CHILD_RUNS && close_end(stream))
        await_end(call, child);
    errno = call->entry_errno;
    return REAL(pclose)(stream);
}

ENTRY(int, pclose, (FILE * stream), (stream))
{
    if (call_is_plain())
        return REAL(pclose)(stream);
    struct call call = {.log = {.id = CALL_pclose, .fd = -1, .caller = caller}};
    call_enter(&call);
    return (int)call_leave(&call, call.host ? coop_pclose(&call, stream) : REAL(pclose)(stream));
}
