/*
 * fork, forkpty, daemon: not while a helper thread has locks of libc's, and all that libc and the
 * program's own handlers of pthread_atfork do meanwhile is real: no task runs in a fork.
 *
 * clone, _Fork: the child has what sockets there are. One that has our memory and the thread until
 * it is another program is as a child of vfork (vfork_x86_64.S).
 */
#include "call/call.h"
#include "call/forking.h"
#include "sys/fork_guard.h"
#include "sys/own_socket.h"

#include <pty.h>
#include <sched.h>
#include <stdarg.h>
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

/* Of a child that no handler of fork notes its parent must have been noticed. */
static void notice_this(void)
{
    if (!call_is_plain())
        fork_guard_check();
}

/* The mark of a child of vfork, which a child of its own with memory of its own does without. NULL:
 * the caller is none. */
static bool *mark_of_vfork(void)
{
    bool *mark = thread_passing();
    return *mark && fork_guard_is_vfork_child() ? mark : NULL;
}

/* For signal handlers. */
EXPORT pid_t _Fork(void)
{
    notice_this();
    own_socket_pass_on_all();
    bool *mark = mark_of_vfork();
    pid_t child = REAL(_Fork)();
    own_socket_pass_on_all();
    if (child == 0 && mark)
        *mark = false;
    return child;
}

#define SHARES (CLONE_VM | CLONE_VFORK)

/* The child calls `function` on a stack of its own, so it never returns through this frame. */
static int hook_clone(int (*function)(void *), void *stack, int flags, void *argument, va_list list)
{
    void *parent = va_arg(list, void *), *tls = va_arg(list, void *), *child = va_arg(list, void *);
    notice_this();
    if (!(flags & CLONE_FILES))
        own_socket_pass_on_all();
    bool shares = (flags & SHARES) == SHARES;
    bool *mark = shares ? thread_passing() : flags & CLONE_VM ? NULL : mark_of_vfork();
    bool before = mark && *mark;
    if (mark)
        *mark = shares;
    int result = REAL(clone)(function, stack, flags, argument, parent, tls, child);
    if (mark)
        *mark = before;
    return result;
}

EXPORT int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

#define CLONE_HOOK(name)                                                                  \
    EXPORT int name(int (*function)(void *), void *stack, int flags, void *argument, ...) \
    {                                                                                     \
        va_list list;                                                                     \
        va_start(list, argument);                                                         \
        int child = hook_clone(function, stack, flags, argument, list);                   \
        va_end(list);                                                                     \
        return child;                                                                     \
    }

CLONE_HOOK(clone)
CLONE_HOOK(__clone)
