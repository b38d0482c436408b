/*
 * Running the program's signal handlers.
 *
 * That a handler runs must be known: no task may be parked in one, for the interrupted task's stack
 * lies below it and the kernel keeps signals blocked until it returns. That one has run must be
 * known, too, and whether with SA_RESTART, since some waits end then (signal(7)) and others go on.
 *
 * Calls made in handlers are the real ones. On a handler's alternate stack all calls are the plain
 * ones, and in no trace: it may be just large enough for the handler. The wrapper takes 112 bytes
 * there, and a hook that reads, writes or waits up to 64 more, but send and recv 300, for their
 * frames have an argument at the far end (tests/hook/own_stacks). On stacks of fibers a recorded
 * call of 1 ms takes 1.9 KiB more: what its record is made of lies in the thread's log. libc's
 * functions are looked up when the library is loaded (55 us), and its own references bound (-z
 * now), since the loader needs more stack. On x86-64 hooks and handlers' entries align the stack:
 * system calls do not mind one that is not, hand-made coroutines have them, and QEMU 7.2 in user
 * mode begins handlers on one.
 */
#include "call/call.h"
#include "call/frame.h"
#include "call/signal_action.h"
#include "task/task.h"

#include <ucontext.h>

/* Bytes between a function here and the kernel's frame. */
#define CONTEXT_NEAR 2048

/* Where handler_entries.S leads to. */
void handler_arrive(int number, siginfo_t *info, void *context, unsigned entry)
    __attribute__((visibility("hidden")));

/* As the kernel does, with all three arguments whatever the flags: a handler without SA_SIGINFO may
 * take them, too. */
static void call_function(const struct signal_handler *handler, int number, siginfo_t *info,
                          void *context)
{
    void (*function)(int, siginfo_t *, void *) =
        (void (*)(int, siginfo_t *, void *))(void (*)(void))handler->function;
    function(number, info, context);
}

static void run(const struct signal_handler *handler, int number, siginfo_t *info, void *context)
{
    struct thread *thread = &this_thread;
    struct running_handler before = thread->handler;
    uint64_t mark;
    thread->handler.strand = thread_strand(thread); /* there may have been no call yet */
    frame_put(thread, &thread->handler.frame, &mark);
    call_function(handler, number, info, context);
    thread->handler = before;
}

/* The kernel says in the context where the thread's alternate stack is, if it has one. The context
 * lies right above; elsewhere it is none of the kernel's, for somebody calls the entry. */
static bool is_on_alternate(const ucontext_t *context)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    return (uintptr_t)context - here < CONTEXT_NEAR &&
           here - (uintptr_t)context->uc_stack.ss_sp < context->uc_stack.ss_size;
}

/* On its alternate stack, which may be just large enough for the handler. */
static void run_on_alternate(const struct signal_handler *handler, int number, siginfo_t *info,
                             ucontext_t *context)
{
    struct thread *thread = &this_thread;
    uintptr_t begin = thread->alternate_begin, end = thread->alternate_end;
    thread->alternate_begin = (uintptr_t)context->uc_stack.ss_sp;
    thread->alternate_end = thread->alternate_begin + context->uc_stack.ss_size;
    call_function(handler, number, info, context);
    thread->alternate_begin = begin;
    thread->alternate_end = end;
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
    thread->signals.all++;
    if (handler.flags & SA_RESTART)
        thread->signals.restart++;
    if (!scheduler || !scheduler_defer_signal(scheduler, run_deferred, entry, number, known)) {
        if (is_on_alternate(context))
            run_on_alternate(&handler, number, info, context);
        else
            run(&handler, number, info, context);
        saved_errno = errno;
    }
    if (thread->scheduler)
        scheduler_note_signal(thread->scheduler);
    errno = saved_errno;
}

/* One that was left by siglongjmp may have interrupted another strand, or lie on another stack. */
bool call_handler_is_live(struct thread *thread)
{
    if (thread->handler.strand == thread->strand && frame_is_live(&thread->handler.frame, true))
        return true;
    thread->handler.frame.at = 0;
    return false;
}
