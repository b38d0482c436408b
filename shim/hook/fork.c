/*
 * fork, forkpty, daemon: not while a helper thread has locks of libc's, and all that libc and the
 * program's own handlers of pthread_atfork do meanwhile is real: no task runs in a fork.
 *
 * vfork is not hooked: its child would return through our frame. Nor is _Fork, which is for signal
 * handlers.
 */
#include "call/call.h"
#include "call/forking.h"

#include <pty.h>
#include <unistd.h>

EXPORT pid_t fork(void)
{
    struct forking forking;
    forking_begin(&forking);
    return forking_finish(&forking, REAL(fork)());
}

EXPORT pid_t __fork(void);

EXPORT pid_t __fork(void)
{
    return fork();
}

EXPORT pid_t forkpty(int *master, char *name, const struct termios *termios,
                     const struct winsize *window)
{
    struct forking forking;
    forking_begin(&forking);
    return forking_finish(&forking, REAL(forkpty)(master, name, termios, window));
}

/* The parent ends in there. */
EXPORT int daemon(int keep_directory, int keep_streams)
{
    struct forking forking;
    forking_begin(&forking);
    return forking_finish(&forking, REAL(daemon)(keep_directory, keep_streams));
}
