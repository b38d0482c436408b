#include "life/confine.h"

#include "sys/fork_guard.h"
#include "sys/mode.h"
#include "sys/thread.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum confinement confine_by_prctl(int option, unsigned long mode)
{
    if (option != PR_SET_SECCOMP)
        return CONFINE_NOTHING;
    return mode == SECCOMP_MODE_STRICT ? CONFINE_STRICT : CONFINE_FILTER;
}

enum confinement confine_by_syscall(long number, long first, long second)
{
    if (number == SYS_prctl)
        return confine_by_prctl((int)first, (unsigned long)second);
    if (number != SYS_seccomp)
        return CONFINE_NOTHING;
    return first == SECCOMP_SET_MODE_STRICT   ? CONFINE_STRICT
           : first == SECCOMP_SET_MODE_FILTER ? CONFINE_FILTER
                                              : CONFINE_NOTHING;
}

/* A child of vfork that confines itself is another process, and its parent's log goes on. */
void confine_begin(struct confine *confine, enum confinement kind)
{
    confine->kind = CONFINE_NOTHING;
    if (!thread_has_variables())
        return;
    int saved_errno = errno;
    fork_guard_check();
    confine->kind = fork_guard_is_vfork_child() ? CONFINE_NOTHING : kind;
    if (confine->kind)
        log_suspend(&confine->last);
    errno = saved_errno;
}

void confine_end(const struct confine *confine, bool confined)
{
    if (!confine->kind)
        return;
    if (confined) {
        mode_confine();
        if (confine->kind == CONFINE_STRICT)
            mode_remove(MODE_TASKS);
    }
    log_resume(&confine->last, confined);
}
