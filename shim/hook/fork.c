/*
 * fork, forkpty, daemon: not while a helper thread has locks of libc's, and all that libc and the
 * program's own handlers of pthread_atfork do meanwhile is real: no task runs in a fork.
 *
 * vfork is not hooked: its child would return through our frame. Nor is _Fork, which is for signal
 * handlers.
 */
#include "call/call.h"
#include "sys/elf.h"
#include "task/helper.h"

#include <pty.h>
#include <unistd.h>

struct forking {
    bool holds;   /* jobs back */
    bool passing; /* before */
};

static struct forking begin(void)
{
    struct thread *thread = &this_thread;
    fork_guard_check();
    struct forking forking = {.holds = !call_is_plain() && !call_in_handler(thread) &&
                                       !fork_guard_is_vfork_child(),
                              .passing = thread->passing};
    if (forking.holds && !helper_hold())
        log_count("fell through: fork, which waits a second for a look-up, and no longer", 1);
    thread->passing = true;
    elf_hold();
    return forking;
}

/* `result`: of the real function. Returns it. */
static int finish(const struct forking *forking, int result)
{
    int saved_errno = errno;
    this_thread.passing = forking->passing;
    if (result == 0) {
        elf_after_fork(); /* the rest when the child makes its first call */
    } else {
        elf_release();
        if (forking->holds)
            helper_release();
    }
    errno = saved_errno;
    return result;
}

EXPORT pid_t fork(void)
{
    struct forking forking = begin();
    return finish(&forking, REAL(fork)());
}

EXPORT pid_t __fork(void);

EXPORT pid_t __fork(void)
{
    return fork();
}

EXPORT pid_t forkpty(int *master, char *name, const struct termios *termios,
                     const struct winsize *window)
{
    struct forking forking = begin();
    return finish(&forking, REAL(forkpty)(master, name, termios, window));
}

/* The parent ends in there. */
EXPORT int daemon(int keep_directory, int keep_streams)
{
    struct forking forking = begin();
    return finish(&forking, REAL(daemon)(keep_directory, keep_streams));
}
