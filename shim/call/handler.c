/*
 * Running the program's signal handlers.
 *
 * That a handler runs must be known: no task may be parked in one, for the interrupted task's stack
 * lies below it and the kernel keeps signals blocked until it returns. That one has run must be
 * known, too, and whether with SA_RESTART, since some waits end then (signal(7)) and others go on.
 */
#include "call/call.h"
#include "call/signal_action.h"
#include "task/task.h"

#include <ucontext.h>

/* Where handler_entries.S leads to. */
void handler_arrive(int number, siginfo_t *info, void *context, unsigned entry)
    __attribute__((visibility("hidden")));

/* As the kernel does, with all three arguments whatever the flags: a handler without SA_SIGINFO may
 * take them, too. */
static void run(const struct signal_handler *handler, int number, siginfo_t *info, void *context)
{
    struct thread *thread = &this_thread;
    struct handler_frame frame = {thread->handler, thread->strand};
    void (*function)(int, siginfo_t *, void *) =
        (void (*)(int, siginfo_t *, void *))(void (*)(void))handler->function;
    thread->handler = &frame;
    function(number, info, context);
    thread->handler = frame.previous;
}

/* The same later, on the main task's own stack, with the mask that the kernel would have set. */
static void run_deferred(unsigned entry, int number, siginfo_t *info)
{
    struct signal_handler handler = signal_handler_of(entry);
    struct sigaction action = {0};
    sigset_t before;
    ucontext_t context;
    REAL(sigaction)(number, NULL, &action);
    if (!(action.sa_flags & SA_NODEFER))
        sigaddset(&action.sa_mask, number);
    pthread_sigmask(SIG_BLOCK, &action.sa_mask, &before);
    getcontext(&context);
    run(&handler, number, info, &context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* While all tasks are parked the thread sleeps on the stack of whichever parked last: a handler
 * that is left by siglongjmp must not be left from there. */
void handler_arrive(int number, siginfo_t *info, void *context, unsigned entry)
{
    struct thread *thread = &this_thread;
    struct scheduler *scheduler = thread->scheduler;
    struct signal_handler handler = signal_handler_of(entry);
    siginfo_t *known = handler.flags & SA_SIGINFO ? info : NULL;
    int saved_errno = errno;
    thread->signals++;
    if (handler.flags & SA_RESTART)
        thread->signals_restart++;
    if (!scheduler || !scheduler_defer_signal(scheduler, run_deferred, entry, number, known)) {
        run(&handler, number, info, context);
        saved_errno = errno;
    }
    if (thread->scheduler)
        scheduler_note_signal(thread->scheduler);
    errno = saved_errno;
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
