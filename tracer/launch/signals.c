#include "launch/signals.h"

#include <stddef.h>
#include <time.h>

void signals_take(struct signals *signals)
{
    static const int numbers[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD};
    sigemptyset(&signals->taken);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaddset(&signals->taken, numbers[i]);
    sigprocmask(SIG_BLOCK, &signals->taken, &signals->old_mask);
    /* Where SIGCHLD is ignored, and that is inherited, the child's status would be lost. */
    struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigaction(SIGCHLD, &by_default, &signals->old_child);
}

/* What the terminal sends (^C, ^\, hanging up) goes to the whole process group: the child has it
 * already. */
static int was_sent_to_us(const siginfo_t *info)
{
    return info->si_code <= 0;
}

struct child_end signals_wait(const struct signals *signals, pid_t child)
{
    for (;;) {
        struct child_end end;
        siginfo_t info;
        int number = sigwaitinfo(&signals->taken, &info);
        if (number == SIGCHLD && !child_end_take(&end, child))
            return end;
        if (number > 0 && number != SIGCHLD && was_sent_to_us(&info))
            kill(child, number);
    }
}

void signals_drop(const struct signals *signals)
{
    const struct timespec no_wait = {0};
    while (sigtimedwait(&signals->taken, NULL, &no_wait) > 0)
        ;
}

void signals_give_back(const struct signals *signals)
{
    sigaction(SIGCHLD, &signals->old_child, NULL);
    sigprocmask(SIG_SETMASK, &signals->old_mask, NULL);
}
