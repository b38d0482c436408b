/*
 * signal_action.h: the program's handlers, and what the kernel has in their place.
 *
 * The kernel is given one of the functions of handler_entries.S. Which one stands for a handler,
 * and for two of its flags, is settled at its first use and never changes: so there is nothing that
 * could differ from what the kernel has, in whatever order threads, forked children and children of
 * vfork set their handlers. An entry that reaches the program by a way that no hook sees may be set
 * as a handler again, and is then the handler that it stands for.
 *
 * No lock, no allocation; for signal handlers, too.
 *
 * There are 512 entries of 16 bytes; the 513th handler is called without us. A child that shares
 * the memory but not the handlers has its own unwrapped. SIG_DFL, SIG_IGN, SIG_HOLD and SIG_ERR are
 * constants whatever the flags. An entry passes all three arguments on.
 */
#ifndef CALL_SIGNAL_ACTION_H
#define CALL_SIGNAL_ACTION_H

#include <signal.h>

/* A handler with those of its flags that greq must know: SA_SIGINFO and SA_RESTART. */
struct signal_handler {
    sighandler_t function;
    int flags;
};

/* The one that the entry of this number stands for. */
struct signal_handler signal_handler_of(unsigned entry);

/* What the kernel is to have for a handler with these flags of sigaction(2). SIG_DFL, SIG_IGN and
 * the like are what they are, and so is the handler of a child that shares the memory with its
 * parent but not the handlers, and any while nothing is recorded and nobody parks. */
sighandler_t signal_handler_to_kernel(sighandler_t handler, int flags);

/* What the program has set where the kernel has this. */
sighandler_t signal_handler_to_program(sighandler_t handler);

/* sigaction(2) with the program's handlers. */
int signal_action_set(int number, const struct sigaction *action, struct sigaction *before);

#endif
