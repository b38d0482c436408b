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
#include "config/config.h"
#include "hook/call.h"
#include "task/task.h"

#include <signal.h>
#include <string.h>

EXPORT int __sigaction(int number, const struct sigaction *action, struct sigaction *before);
EXPORT sighandler_t __sysv_signal(int number, sighandler_t handler);
EXPORT sighandler_t bsd_signal(int number, sighandler_t handler);
EXPORT sighandler_t ssignal(int number, sighandler_t handler);

union handler {
    void (*plain)(int);
    void (*with_info)(int, siginfo_t *, void *);
};

/* The program's handlers and their flags; written before the kernel learns of them. */
static union handler handlers[NSIG];
static int handler_flags[NSIG];

/* ---- in a handler ---- */

static void enter_handler(struct handler_frame *frame, int number)
{
    struct thread *thread = &this_thread;
    frame->previous = thread->handler;
    frame->strand = thread->strand;
    thread->handler = frame;
    thread->signals++;
    if (handler_flags[number] & SA_RESTART)
        thread->signals_restart++;
}

static void leave_handler(struct handler_frame *frame)
{
    struct thread *thread = &this_thread;
    thread->handler = frame->previous;
    if (thread->scheduler) {
        int saved_errno = errno;
        scheduler_note_signal(thread->scheduler);
        errno = saved_errno;
    }
}

static void call_plain(int number)
{
    struct handler_frame frame;
    enter_handler(&frame, number);
    handlers[number].plain(number);
    leave_handler(&frame);
}

static void call_with_info(int number, siginfo_t *info, void *context)
{
    struct handler_frame frame;
    enter_handler(&frame, number);
    handlers[number].with_info(number, info, context);
    leave_handler(&frame);
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
    return action->sa_flags & SA_SIGINFO ? action->sa_sigaction == call_with_info
                                         : action->sa_handler == call_plain;
}

static bool is_function(const struct sigaction *action)
{
    return action->sa_flags & SA_SIGINFO ||
           (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

static void wrap(int number, struct sigaction *action)
{
    handler_flags[number] = action->sa_flags;
    if (action->sa_flags & SA_SIGINFO) {
        handlers[number].with_info = action->sa_sigaction;
        action->sa_sigaction = call_with_info;
    } else {
        handlers[number].plain = action->sa_handler;
        action->sa_handler = call_plain;
    }
}

static void unwrap(const union handler *handler, struct sigaction *action)
{
    if (!is_wrapped(action))
        return;
    if (action->sa_flags & SA_SIGINFO)
        action->sa_sigaction = handler->with_info;
    else
        action->sa_handler = handler->plain;
}

static int set_action(int number, const struct sigaction *action, struct sigaction *before)
{
    union handler replaced;
    struct sigaction wrapped;
    if (number <= 0 || number >= NSIG)
        return REAL(sigaction)(number, action, before);
    replaced = handlers[number];
    int replaced_flags = handler_flags[number];
    if (action && is_function(action) && config.cooperative) {
        wrapped = *action;
        wrap(number, &wrapped);
        action = &wrapped;
    }
    int result = REAL(sigaction)(number, action, before);
    if (result == 0 && before)
        unwrap(&replaced, before);
    if (result != 0) {
        handlers[number] = replaced;
        handler_flags[number] = replaced_flags;
    }
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

EXPORT sighandler_t signal(int number, sighandler_t handler)
{
    return set_handler(number, handler, SA_RESTART, true);
}

EXPORT sighandler_t bsd_signal(int number, sighandler_t handler)
{
    return set_handler(number, handler, SA_RESTART, true);
}

EXPORT sighandler_t ssignal(int number, sighandler_t handler)
{
    return set_handler(number, handler, SA_RESTART, true);
}

EXPORT sighandler_t sysv_signal(int number, sighandler_t handler)
{
    return set_handler(number, handler, SA_RESETHAND | SA_NODEFER, false);
}

EXPORT sighandler_t __sysv_signal(int number, sighandler_t handler)
{
    return set_handler(number, handler, SA_RESETHAND | SA_NODEFER, false);
}
