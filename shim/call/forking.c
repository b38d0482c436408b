#include "call/forking.h"

#include "call/call.h"
#include "log/live.h"
#include "sys/check.h"
#include "sys/clock.h"
#include "sys/elf.h"
#include "sys/loader_lock.h"
#include "sys/own_socket.h"
#include "task/helper.h"

#include <pthread.h>

/* ---- helper threads and the loader ---- */

/* For both together; but for the loader so much in any case. */
#define LONGEST_HOLD NS_PER_SECOND
#define LEAST_HOLD   (100 * NS_PER_MS)

static void hold(struct forking *forking)
{
    uint64_t give_up = clock_after(LONGEST_HOLD);
    if (forking->waits && !helper_hold())
        log_count("fell through: fork, which waits a second for a look-up, and no longer", 1);
    uint64_t least = clock_after(LEAST_HOLD);
    if (!elf_hold(give_up > least ? give_up : least))
        log_count("fell through: fork, which waits a second for the loader, and no longer", 1);
    forking->holds = true;
}

static void let_go(struct forking *forking)
{
    forking->holds = false;
    elf_release();
    if (forking->waits)
        helper_release();
}

/* ---- libc calls these, also for forks of its own that no hook has begun ---- */

static void before(void)
{
    own_socket_pass_on_all();
    this_thread.has_loader = loader_lock_is_own();
    if (this_thread.forking)
        hold(this_thread.forking);
}

static void after_in_parent(void)
{
    int saved_errno = errno;
    own_socket_pass_on_all(); /* for those that another thread has made meanwhile */
    if (this_thread.forking)
        let_go(this_thread.forking);
    errno = saved_errno;
}

/* The rest when the child makes its first call. */
static void after_in_child(void)
{
    live_after_fork();
    own_socket_pass_on_all();
    if (!this_thread.has_loader)
        loader_lock_free();
    elf_after_fork();
    fork_guard_note_child(log_be_silent);
    log_note_fork();
}

void forking_open(void)
{
    pthread_atfork(before, after_in_parent, after_in_child);
}

/* ---- a fork ---- */

static void enter(struct forking *forking)
{
    forking->passing = this_thread.passing;
    forking->is_vfork = forking->passing && fork_guard_is_vfork_child();
    forking->around = this_thread.forking;
    this_thread.passing = true;
    this_thread.forking = forking;
}

static void leave(const struct forking *forking)
{
    this_thread.passing = forking->passing;
    this_thread.forking = forking->around;
}

void forking_begin(struct forking *forking)
{
    fork_guard_check();
    *forking = (struct forking){.waits = !call_is_plain() && !call_in_handler(&this_thread) &&
                                         !fork_guard_is_vfork_child()};
    enter(forking);
}

int forking_finish(struct forking *forking, int result)
{
    if (result == 0)
        forking->passing &= !forking->is_vfork;
    leave(forking);
    return result;
}

struct forking *forking_suspend(void)
{
    struct forking *forking = this_thread.forking;
    CHECK(forking);
    bool held = forking->holds;
    if (held)
        let_go(forking);
    forking->holds = held;
    leave(forking);
    return forking;
}

void forking_resume(struct forking *forking)
{
    enter(forking);
    if (forking->holds)
        hold(forking);
}
