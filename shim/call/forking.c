#include "call/forking.h"

#include "call/call.h"
#include "sys/elf.h"
#include "task/helper.h"

static void hold(struct forking *forking)
{
    if (forking->holds && !helper_hold())
        log_count("fell through: fork, which waits a second for a look-up, and no longer", 1);
    this_thread.passing = true;
    this_thread.forking = forking;
    elf_hold();
}

static void let_go(const struct forking *forking)
{
    this_thread.passing = forking->passing;
    this_thread.forking = forking->around;
    elf_release();
    if (forking->holds)
        helper_release();
}

void forking_begin(struct forking *forking)
{
    fork_guard_check();
    *forking = (struct forking){.holds = !call_is_plain() && !call_in_handler(&this_thread) &&
                                         !fork_guard_is_vfork_child(),
                                .passing = this_thread.passing,
                                .around = this_thread.forking};
    hold(forking);
}

int forking_finish(const struct forking *forking, int result)
{
    int saved_errno = errno;
    if (result == 0) {
        this_thread.passing = forking->passing;
        this_thread.forking = forking->around;
        elf_after_fork(); /* the rest when the child makes its first call */
    } else {
        let_go(forking);
    }
    errno = saved_errno;
    return result;
}

struct forking *forking_suspend(void)
{
    struct forking *forking = this_thread.forking;
    let_go(forking);
    return forking;
}

void forking_resume(struct forking *forking)
{
    forking->passing = this_thread.passing;
    forking->around = this_thread.forking;
    hold(forking);
}
