/* wait_rules: what waiting for children says: who ended how, errors, options, interruption. */
#include "alarms.h"
#include "company.h"
#include "facts.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child_of(void (*live)(void), int ms)
{
    pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        raw_sleep_ms(ms);
        live();
        _exit(3);
    }
    return pid;
}

static void nothing(void) {}

static void stop(void)
{
    raise(SIGSTOP);
    raw_sleep_ms(200);
}

static void let_trace(void)
{
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGUSR1);
}

static void die(void)
{
    raise(SIGKILL);
}

static const char *how(int status)
{
    if (WIFEXITED(status))
        return WEXITSTATUS(status) == 3 ? "exited 3" : "exited";
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGKILL ? "killed" : "a signal";
    return WIFSTOPPED(status) ? "stopped" : WIFCONTINUED(status) ? "continued" : "?";
}

/* The status is there when the call that `was_it` comes from has been made. */
static void tell(const char *name, bool was_it, const int *status)
{
    fact("%s: it was it %d, %s", name, was_it, how(*status));
}

static void ends(void)
{
    int status = 0;
    pid_t pid = child_of(nothing, 50);
    fact("not yet %d", waitpid(pid, &status, WNOHANG));
    tell("it", waitpid(pid, &status, 0) == pid, &status);
    fact("again %s", outcome(waitpid(pid, &status, 0)));
    pid = child_of(die, 50);
    tell("it", waitpid(pid, &status, 0) == pid, &status);
    pid = child_of(nothing, 50);
    tell("any", waitpid(-1, &status, 0) == pid, &status);
    pid = child_of(nothing, 50);
    tell("group", waitpid(0, &status, 0) == pid, &status);
    pid = child_of(nothing, 0);
    raw_sleep_ms(50);
    fact("has ended: it was it %d", wait(NULL) == pid);
    fact("none %s", outcome(wait(&status)));
    fact("no child %s", outcome(waitpid(getpid(), &status, 0)));
    fact("nonsense %s", outcome(waitpid(-1, &status, 0x4000)));
}

static void stops(void)
{
    int status = 0;
    pid_t pid = child_of(stop, 50);
    tell("it", waitpid(pid, &status, WUNTRACED) == pid, &status);
    kill(pid, SIGCONT);
    tell("it", waitpid(pid, &status, WCONTINUED) == pid, &status);
    tell("it", waitpid(pid, &status, 0) == pid, &status);
}

/* It stops for whoever traces it, who has not asked for stops. */
static void is_traced(void)
{
    int status = 0;
    pid_t pid = child_of(let_trace, 50);
    tell("it", waitpid(pid, &status, 0) == pid, &status);
    fact("goes on %s", outcome((int)ptrace(PTRACE_CONT, pid, NULL, NULL)));
    tell("it", waitpid(pid, &status, 0) == pid, &status);
}

static void by_waitid(void)
{
    siginfo_t info;
    pid_t pid = child_of(nothing, 50);
    fact("kept %s", outcome(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT)));
    fact("it was it %d", info.si_pid == pid);
    fact("taken %s", outcome(waitid(P_ALL, 0, &info, WEXITED)));
    fact("code %d, status %d, signal %d", info.si_code == CLD_EXITED, info.si_status,
         info.si_signo == SIGCHLD);
    pid = child_of(nothing, 50);
    fact("without information %s", outcome(waitid(P_PID, (id_t)pid, NULL, WEXITED)));
    fact("none %s", outcome(waitid(P_ALL, 0, &info, WEXITED)));
    fact("no options %s", outcome(waitid(P_ALL, 0, &info, 0)));
}

static void ignored(void)
{
    int status;
    pid_t pid;
    signal(SIGCHLD, SIG_IGN);
    pid = child_of(nothing, 50);
    fact("by its number %s", outcome(waitpid(pid, &status, 0)));
    child_of(nothing, 50);
    fact("any %s", outcome(wait(&status)));
    signal(SIGCHLD, SIG_DFL);
}

static void rules(void)
{
    ends();
    stops();
    is_traced();
    by_waitid();
    ignored();
}

static void interruption(void)
{
    int status;
    pid_t pid = child_of(nothing, 400);
    alarm_soon(0);
    fact("its number %s", outcome(waitpid(pid, &status, 0)));
    alarm_soon(0);
    fact("any %s", outcome(wait(&status)));
    alarm_soon(SA_RESTART);
    fact("restarted %d", waitpid(pid, &status, 0) == pid);
    alarm_over();
}

int main(void)
{
    play(rules);
    play_in_main(interruption);
}
