#include "launch/signals.h"

#include "launch/in_progress.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void signals_take(struct signals *signals)
{
    /* What the kernel sends to who did something, and what stops a job. */
    static const int others[] = {SIGILL,  SIGTRAP, SIGABRT, SIGBUS,  SIGFPE,  SIGSEGV, SIGSYS,
                                 SIGPIPE, SIGXCPU, SIGXFSZ, SIGTSTP, SIGTTIN, SIGTTOU};
    sigfillset(&signals->taken);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        sigdelset(&signals->taken, others[i]);
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

/* Are we what a shell with job control runs in the foreground of its terminal? */
static bool has_the_terminal(void)
{
    int terminal = getpgrp() == getpid() ? open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC) : -1;
    bool has = terminal >= 0 && tcgetpgrp(terminal) == getpgrp();
    if (terminal >= 0)
        close(terminal);
    return has;
}

/* Who stops nobody but itself (ssh by ~^Z, a shell by `suspend`) gives its terminal back to the
 * shell, which sees us and not our child. Elsewhere, where somebody may continue the child alone,
 * we would stay stopped. By SIGTSTP, which stops nobody who has no shell to continue it. */
static void stop_with(pid_t child)
{
    siginfo_t info = {0};
    if (!waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOHANG) && info.si_pid == child &&
        has_the_terminal())
        raise(SIGTSTP);
}

static void pass_on(int number, const siginfo_t *info, pid_t child)
{
    if (info->si_code == SI_QUEUE)
        sigqueue(child, number, info->si_value);
    else
        kill(child, number);
}

/* A child in our group was continued with us. */
static void continue_child(pid_t child)
{
    if (getpgid(child) != getpgrp())
        kill(child, SIGCONT);
}

/* Returns whether the child has ended. */
static bool handle(int number, const siginfo_t *info, pid_t child, struct child_end *end)
{
    if (number == SIGCHLD) {
        if (!child_end_take(end, child))
            return true;
        stop_with(child);
    } else if (number == SIGCONT)
        continue_child(child);
    else if (number > 0 && was_sent_to_us(info))
        pass_on(number, info, child);
    return false;
}

struct child_end signals_wait(const struct signals *signals, pid_t child, const char *trace)
{
    struct child_end end;
    struct in_progress in_progress = {0};
    uint64_t pause = IN_PROGRESS_PERIOD_NS; /* before, most programs have not even begun */
    for (;;) {
        siginfo_t info;
        struct timespec timeout = {pause / 1000000000, pause % 1000000000};
        int number = sigtimedwait(&signals->taken, &info, trace ? &timeout : NULL);
        if (handle(number, &info, child, &end))
            break;
        if (number < 0 && trace)
            pause = in_progress_look(&in_progress, trace);
    }
    in_progress_finish(&in_progress);
    return end;
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
