/*
 * signals.h: how the launcher treats signals while its child runs: it passes on what was sent to
 * it, outlives what the terminal sends to both, and stops where the child does.
 */
#ifndef LAUNCH_SIGNALS_H
#define LAUNCH_SIGNALS_H

#include "launch/child_end.h"

#include <signal.h>
#include <sys/types.h>

struct signals {
    sigset_t taken;
    sigset_t old_mask;
    struct sigaction old_child; /* of SIGCHLD */
};

/* Holds back from now on all signals that somebody may send, SIGCONT and SIGCHLD among them. Before
 * the fork. */
void signals_take(struct signals *signals);

/* Waits for a child to end, passing signals on to it. Returns how it ended. In the foreground of a
 * terminal it stops with the child (SIGTSTP), and is continued by a shell. Meanwhile it looks at
 * the child's calls in progress, if `trace` is not NULL. */
struct child_end signals_wait(const struct signals *signals, pid_t child, const char *trace);

/* Forgets what came since: a ^C that ended the child must not end the report about it. */
void signals_drop(const struct signals *signals);

/* Puts everything back as it was, in the child before exec and in the launcher after the wait. */
void signals_give_back(const struct signals *signals);

#endif
