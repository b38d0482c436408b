/*
 * wait, waitpid, wait3, wait4, waitid; system, which is only logged.
 *
 * Each asks without waiting and parks while there is nothing to say. The end of one child makes its
 * pidfd readable. For any child, a group of them, or one that stops, there is no such thing: they
 * are asked for again after a pause, which a handler of SIGCHLD ends as it ends the real wait. A
 * child that is traced stops at any time, and that is an answer whatever the options: one with a
 * pidfd is asked for again, too, ever more seldom.
 *
 * For children a helper thread would be no way: no handler could interrupt it, and it would stay
 * behind. system(3) ignores SIGINT and SIGQUIT and blocks SIGCHLD meanwhile, and its child inherits
 * the mask of the calling thread: on a helper thread, which blocks all signals, no signal could
 * stop it.
 */
#include "call/call.h"
#include "child/child.h"
#include "sys/clock.h"
#include "sys/kernel.h"
#include "sys/own_fd.h"
#include "sys/readable.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

EXPORT pid_t __wait(int *status);
EXPORT pid_t __waitpid(pid_t pid, int *status, int options);

/* Pauses grow from the first to the longest, which is another one with a pidfd. */
#define FIRST_PAUSE        (1 * NS_PER_MS)
#define LONGEST_PAUSE      (20 * NS_PER_MS)
#define LONGEST_TOLD_PAUSE (1 * NS_PER_SECOND)

/* A wait for children that can be asked for its answer again and again. */
struct question {
    /* With WNOHANG: 0 when there is no answer yet; -1 and errno; or what the call returns. */
    int64_t (*ask)(const struct question *question, int extra_options);
    pid_t child; /* whose end is the only answer there is, or 0 */
    int pidfd;   /* that the program has given, or -1 */
    /* the call's own arguments */
    idtype_t type;
    id_t id;
    int *status, options;
    siginfo_t *info;
    struct rusage *usage;
};

/* How to learn that the child has ended: a descriptor, or -1. */
static int open_pidfd(const struct question *question)
{
    int saved_errno = errno, fd = -1;
    if (question->child > 0)
        fd = own_fd_adopt((int)KERNEL(pidfd_open, question->child, 0));
    errno = saved_errno;
    return fd;
}

/* Parks until there may be an answer. */
static enum wake await_answer(struct call *call, int *pidfd, uint64_t *pause)
{
    struct pollfd interest = {*pidfd, POLLIN, 0};
    bool is_told = *pidfd >= 0;
    enum wake wake = call_wait(call, &interest, is_told, clock_after(*pause), INTERRUPT_NO_RESTART);
    if (wake == WAKE_CLOSED)
        *pidfd = -1; /* somebody has closed it: go on without */
    uint64_t longest = is_told ? LONGEST_TOLD_PAUSE : LONGEST_PAUSE;
    *pause = *pause < longest / 2 ? *pause * 2 : longest;
    return wake;
}

/* Returns the question's answer. `pidfd` becomes readable when there is one; -1: none does. */
static int64_t ask_until_answered(struct call *call, const struct question *question, int pidfd)
{
    uint64_t pause = FIRST_PAUSE;
    int64_t answer;
    enum wake wake = WAKE_RETRY;
    while (!(answer = question->ask(question, WNOHANG)) && wake != WAKE_NO_HOST &&
           !wake_error(wake))
        wake = await_answer(call, &pidfd, &pause);
    if (answer)
        return answer;
    if (wake == WAKE_NO_HOST)
        return question->ask(question, 0);
    errno = wake_error(wake);
    return -1;
}

static int64_t coop_wait(struct call *call, const struct question *question)
{
    int64_t answer = question->ask(question, WNOHANG);
    if (answer)
        return answer;
    int pidfd = open_pidfd(question);
    answer = ask_until_answered(call, question, question->pidfd >= 0 ? question->pidfd : pidfd);
    own_fd_close(pidfd);
    return answer;
}

/* ---- wait, waitpid, wait3, wait4 ---- */

static int64_t ask_wait4(const struct question *question, int extra_options)
{
    return REAL(wait4)((pid_t)question->id, question->status, question->options | extra_options,
                       question->usage);
}

static pid_t leave_wait4(struct call *call, pid_t pid, int *status, int options,
                         struct rusage *usage)
{
    struct question question = {.ask = ask_wait4,
                                .child = options & (WUNTRACED | WCONTINUED) ? 0 : pid,
                                .pidfd = -1,
                                .id = (id_t)pid,
                                .status = status,
                                .options = options,
                                .usage = usage};
    return (pid_t)call_leave(call, call->host && !(options & WNOHANG)
                                       ? coop_wait(call, &question)
                                       : REAL(wait4)(pid, status, options, usage));
}

static inline pid_t hook_wait(enum call_id id, const void *caller, int *status)
{
    if (call_is_plain())
        return REAL(wait)(status);
    struct call call = {.log = {.id = id, .fd = -1, .caller = caller}};
    call_enter(&call);
    return leave_wait4(&call, -1, status, 0, NULL);
}

WAIT_ENTRY(pid_t, wait, (int *status), (status))
{
    return hook_wait(CALL_wait, caller, status);
}

WAIT_ENTRY(pid_t, __wait, (int *status), (status))
{
    return hook_wait(CALL___wait, caller, status);
}

static inline pid_t hook_waitpid(enum call_id id, const void *caller, pid_t pid, int *status,
                                 int options)
{
    if (call_is_plain())
        return REAL(waitpid)(pid, status, options);
    struct call call = {.log = {.id = id, .fd = -1, .caller = caller}};
    call_enter(&call);
    return leave_wait4(&call, pid, status, options, NULL);
}

WAIT_ENTRY(pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options))
{
    return hook_waitpid(CALL_waitpid, caller, pid, status, options);
}

WAIT_ENTRY(pid_t, __waitpid, (pid_t pid, int *status, int options), (pid, status, options))
{
    return hook_waitpid(CALL___waitpid, caller, pid, status, options);
}

WAIT_ENTRY(pid_t, wait3, (int *status, int options, struct rusage *usage), (status, options, usage))
{
    if (call_is_plain())
        return REAL(wait3)(status, options, usage);
    struct call call = {.log = {.id = CALL_wait3, .fd = -1, .caller = caller}};
    call_enter(&call);
    return leave_wait4(&call, -1, status, options, usage);
}

WAIT_ENTRY(pid_t, wait4, (pid_t pid, int *status, int options, struct rusage *usage),
           (pid, status, options, usage))
{
    if (call_is_plain())
        return REAL(wait4)(pid, status, options, usage);
    struct call call = {.log = {.id = CALL_wait4, .fd = -1, .caller = caller}};
    call_enter(&call);
    return leave_wait4(&call, pid, status, options, usage);
}

/* ---- waitid ---- */

/* It returns 0 in either case, and tells by si_pid. Returns 1 when there is an answer. */
static int64_t ask_waitid(const struct question *question, int extra_options)
{
    siginfo_t info = {0};
    if (REAL(waitid)(question->type, question->id, &info, question->options | extra_options) != 0)
        return -1;
    if (!info.si_pid)
        return 0;
    if (question->info)
        *question->info = info;
    return 1;
}

static int coop_waitid(struct call *call, idtype_t type, id_t id, siginfo_t *info, int options)
{
    bool only_end = !(options & (WSTOPPED | WCONTINUED));
    if (info && !readable(info, sizeof *info))
        return REAL(waitid)(type, id, info, options);
    struct question question = {.ask = ask_waitid,
                                .child = type == P_PID && only_end ? (pid_t)id : 0,
                                .pidfd = type == P_PIDFD && only_end ? (int)id : -1,
                                .type = type,
                                .id = id,
                                .options = options,
                                .info = info};
    return coop_wait(call, &question) < 0 ? -1 : 0;
}

WAIT_ENTRY(int, waitid, (idtype_t type, id_t id, siginfo_t *info, int options),
           (type, id, info, options))
{
    if (call_is_plain())
        return REAL(waitid)(type, id, info, options);
    struct call call = {.log = {.id = CALL_waitid, .fd = -1, .caller = caller}};
    call_enter(&call);
    return (int)call_leave(&call, call.host && !(options & WNOHANG)
                                      ? coop_waitid(&call, type, id, info, options)
                                      : REAL(waitid)(type, id, info, options));
}

/* ---- only logged ---- */

/* The shell inherits `environ`: see child/child.h. */
static int real_system(const char *command)
{
    struct child_environ environment = child_environ_begin();
    int status = REAL(system)(command);
    child_environ_end(&environment);
    return status;
}

EXPORT int system(const char *command)
{
    if (call_is_plain())
        return real_system(command);
    struct call call = {.log = {.id = CALL_system, .fd = -1, .caller = CALLER}};
    call_enter(&call);
    return (int)call_leave(&call, real_system(command));
}
