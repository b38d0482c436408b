/*
 * sigaction, signal and their kin: the program's handlers, wrapped.
 *
 * The kernel calls one of two functions here, which call the program's. That tells whether code
 * runs in a handler, where no task may be parked: the interrupted task's stack lies below it, and
 * the kernel keeps signals blocked until it returns. And it tells that a handler has run, with
 * which flags, since some waits end then (signal(7)) and others go on.
 *
 * The program sees its own handlers: what it asks for is answered from a table here. The flags and
 * masks are the kernel's, unchanged, so that everything else is as without us. The default action
 * and SIG_IGN go to the kernel as they are, and leave the table alone, which a child of vfork
 * shares.
 */
#include "call/call.h"
#include "config/config.h"
#include "task/task.h"

#include <signal.h>
#include <ucontext.h>

EXPORT int __sigaction(int number, const struct sigaction *action, struct sigaction *before);
EXPORT sighandler_t __sysv_signal(int number, sighandler_t handler);
EXPORT sighandler_t bsd_signal(int number, sighandler_t handler);
EXPORT sighandler_t ssignal(int number, sighandler_t handler);

/* What the program asked for; written before the kernel learns of it. */
static struct sigaction actions[NSIG];

/* Signals for which siginterrupt(3) has asked that signal(2) does not restart. */
static bool interrupts[NSIG];

/* ---- running a handler ---- */

/* Runs the program's handler, known to be in one. */
static void run_handler(int number, siginfo_t *info, void *context)
{
    struct thread *thread = &this_thread;
    struct handler_frame frame = {thread->handler, thread->strand};
    const struct sigaction *action = &actions[number];
    thread->handler = &frame;
    if (action->sa_flags & SA_SIGINFO)
        action->sa_sigaction(number, info, context);
    else
        action->sa_handler(number);
    thread->handler = frame.previous;
}

/* The same later, on the main task's own stack, with the mask that the kernel would have set. */
static void run_deferred(int number, siginfo_t *info)
{
    sigset_t mask = actions[number].sa_mask, before;
    ucontext_t context;
    if (!(actions[number].sa_flags & SA_NODEFER))
        sigaddset(&mask, number);
    pthread_sigmask(SIG_BLOCK, &mask, &before);
    getcontext(&context);
    run_handler(number, info, &context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* What the kernel calls. While all tasks are parked the thread sleeps on the stack of whichever
 * parked last: a handler that is left by siglongjmp must not be left from there. */
static void arrive(int number, siginfo_t *info, void *context)
{
    struct thread *thread = &this_thread;
    int saved_errno = errno;
    thread->signals++;
    if (actions[number].sa_flags & SA_RESTART)
        thread->signals_restart++;
    if (!thread->scheduler ||
        !scheduler_defer_signal(thread->scheduler, number, info, run_deferred)) {
        errno = saved_errno;
        run_handler(number, info, context);
        saved_errno = errno;
    }
    if (thread->scheduler)
        scheduler_note_signal(thread->scheduler);
    errno = saved_errno;
}

static void arrive_plain(int number)
{
    arrive(number, NULL, NULL);
}

static void arrive_with_info(int number, siginfo_t *info, void *context)
{
    arrive(number, info, context);
}

/*
 * A handler that was left by siglongjmp leaves its frame behind. The frame is a live one only while
 * the strand that it interrupted is running, and only for code deeper in the stack.
 */
bool call_in_handler(struct thread *thread)
{
    char here;
    struct handler_frame *frame = thread->handler;
    if (!frame)
        return false;
    if (frame->strand == thread->strand && (char *)frame > &here)
        return true;
    thread->handler = NULL;
    return false;
}

/* ---- the table ---- */

static bool is_wrapped(const struct sigaction *action)
{
    return action->sa_flags & SA_SIGINFO ? action->sa_sigaction == arrive_with_info
                                         : action->sa_handler == arrive_plain;
}

static bool is_function(const struct sigaction *action)
{
    return action->sa_flags & SA_SIGINFO ||
           (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

static void wrap(struct sigaction *action)
{
    if (action->sa_flags & SA_SIGINFO)
        action->sa_sigaction = arrive_with_info;
    else
        action->sa_handler = arrive_plain;
}

static int set_action(int number, const struct sigaction *action, struct sigaction *before)
{
    struct sigaction replaced, wrapped;
    if (number <= 0 || number >= NSIG)
        return REAL(sigaction)(number, action, before);
    replaced = actions[number];
    if (action && is_function(action) && (config.cooperative || log_on())) {
        wrapped = *action;
        wrap(&wrapped);
        actions[number] = *action;
        action = &wrapped;
    }
    int result = REAL(sigaction)(number, action, before);
    if (result == 0 && before && is_wrapped(before))
        before->sa_sigaction = replaced.sa_sigaction;
    if (result != 0)
        actions[number] = replaced;
    return result;
}

/* ---- the hooks ---- */

EXPORT int sigaction(int number, const struct sigaction *restrict action,
                     struct sigaction *restrict before)
{
    return set_action(number, action, before);
}

EXPORT int __sigaction(int number, const struct sigaction *action, struct sigaction *before)
{
    return set_action(number, action, before);
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
    return set_action(number, &action, &before) == 0 ? before.sa_handler : SIG_ERR;
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
