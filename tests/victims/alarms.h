/* alarms.h: a signal in the middle of a wait. Where a busy machine has it come before the wait has
 * begun, it comes again. */
#ifndef ALARMS_H
#define ALARMS_H

#include "facts.h"

#include <signal.h>
#include <sys/time.h>

static inline void alarm_handle(int number)
{
    (void)number;
}

/* SIGALRM after 0.1 s, and each half a second after that, for a handler that has these flags. */
static inline void alarm_soon(int flags)
{
    struct sigaction action = {.sa_handler = alarm_handle, .sa_flags = flags};
    struct itimerval soon = {.it_value.tv_usec = 100000, .it_interval.tv_usec = 500000};
    sigaction(SIGALRM, &action, NULL);
    must(setitimer(ITIMER_REAL, &soon, NULL), "setitimer");
}

static inline void alarm_over(void)
{
    must(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL), "setitimer");
}

#endif
