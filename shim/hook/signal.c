/*
 * sigaction, signal, sigset and their kin: the program sets its handlers, and sees its own.
 *
 * The kernel has others in their place (call/signal_action.h). The flags and masks are the
 * kernel's, unchanged, so that everything else is as without us.
 */
#include "call/call.h"
#include "call/signal_action.h"

#include <signal.h>

EXPORT int __sigaction(int number, const struct sigaction *action, struct sigaction *before);
EXPORT sighandler_t __sysv_signal(int number, sighandler_t handler);
EXPORT sighandler_t bsd_signal(int number, sighandler_t handler);
EXPORT sighandler_t ssignal(int number, sighandler_t handler);

/* Signals for which siginterrupt(3) has asked that signal(2) does not restart. */
static bool interrupts[NSIG];

EXPORT int sigaction(int number, const struct sigaction *restrict action,
                     struct sigaction *restrict before)
{
    return signal_action_set(number, action, before);
}

EXPORT int __sigaction(int number, const struct sigaction *action, struct sigaction *before)
{
    return signal_action_set(number, action, before);
}

/* signal(2) with the flags of one of its flavours. */
static sighandler_t set_handler(int number, sighandler_t handler, int flags, bool block_itself)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, before;
    if (handler == SIG_ERR || number <= 0 || number >= NSIG) {
        errno = EINVAL;
        return SIG_ERR;
    }
    sigemptyset(&action.sa_mask);
    if (block_itself)
        sigaddset(&action.sa_mask, number);
    return signal_action_set(number, &action, &before) == 0 ? before.sa_handler : SIG_ERR;
}

static sighandler_t set_bsd_handler(int number, sighandler_t handler)
{
    bool interrupting = number > 0 && number < NSIG && interrupts[number];
    return set_handler(number, handler, interrupting ? 0 : SA_RESTART, true);
}

EXPORT sighandler_t signal(int number, sighandler_t handler)
{
    return set_bsd_handler(number, handler);
}

EXPORT sighandler_t bsd_signal(int number, sighandler_t handler)
{
    return set_bsd_handler(number, handler);
}

EXPORT sighandler_t ssignal(int number, sighandler_t handler)
{
    return set_bsd_handler(number, handler);
}

EXPORT sighandler_t sysv_signal(int number, sighandler_t handler)
{
    return set_handler(number, handler, SA_RESETHAND | SA_NODEFER, false);
}

EXPORT sighandler_t __sysv_signal(int number, sighandler_t handler)
{
    return set_handler(number, handler, SA_RESETHAND | SA_NODEFER, false);
}

/* System V's. libc's own sets the handler and unblocks the signal, past our hooks. */
EXPORT sighandler_t sigset(int number, sighandler_t handler)
{
    sighandler_t (*real)(int, sighandler_t) =
        (sighandler_t(*)(int, sighandler_t))real_find(CALL_sigset);
    return signal_handler_to_program(real(number, signal_handler_to_kernel(handler, 0)));
}

/* libc's own would change the kernel's flags without us, and be unknown to our signal(). */
EXPORT int siginterrupt(int number, int interrupt)
{
    struct sigaction action;
    if (sigaction(number, NULL, &action) != 0)
        return -1;
    interrupts[number] = interrupt;
    if (interrupt)
        action.sa_flags &= ~SA_RESTART;
    else
        action.sa_flags |= SA_RESTART;
    return sigaction(number, &action, NULL);
}
