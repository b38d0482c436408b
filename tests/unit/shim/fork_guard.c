/*
 * How a fresh copy of the process is noticed, however it was made.
 */
#include "sys/fork_guard.h"

#include "child.h"
#include "suite.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int noticed;

static void notice(void)
{
    noticed++;
    errno = EBADMSG;
}

/* Ends a child with the result of its checks, and takes it as the test's. */
static void judge(pid_t child, bool good)
{
    int status;
    if (child == 0)
        _exit(!good);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static bool noticed_once(void)
{
    int before = noticed;
    fork_guard_check();
    fork_guard_check();
    return noticed == before + 1;
}

START_TEST(process_itself_is_no_child)
{
    fork_guard_check();
    fork_guard_set(notice);
    fork_guard_check();
    ck_assert_int_eq(noticed, 0);
    ck_assert(!fork_guard_is_vfork_child());
}
END_TEST

static pid_t by_fork(void)
{
    return fork();
}

static pid_t by_raw_call(void)
{
    return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static pid_t by__fork(void)
{
    return _Fork();
}

static pid_t (*const ways[])(void) = {by_fork, by_raw_call, by__fork};

START_TEST(child_is_noticed_once_whichever_way_it_was_made)
{
    fork_guard_set(notice);
    pid_t child = ways[_i]();
    judge(child, child || noticed_once());
    fork_guard_check();
    ck_assert_int_eq(noticed, 0);
}
END_TEST

static bool grandchild_is_noticed(void)
{
    int status;
    bool child_noticed = noticed_once();
    pid_t grandchild = fork();
    if (grandchild == 0)
        _exit(!noticed_once());
    return child_noticed && waitpid(grandchild, &status, 0) == grandchild && status == 0;
}

START_TEST(child_of_a_child_is_noticed_as_well)
{
    fork_guard_set(notice);
    pid_t child = fork();
    judge(child, child || grandchild_is_noticed());
}
END_TEST

static bool errno_is_kept(void)
{
    errno = ENOTTY;
    fork_guard_check();
    return errno == ENOTTY;
}

START_TEST(errno_is_as_before)
{
    fork_guard_set(notice);
    pid_t child = fork();
    judge(child, child || errno_is_kept());
}
END_TEST

/* It runs in its parent's memory: what it would undo there is the parent's. */
START_TEST(vfork_child_is_not_noticed_but_known)
{
    static volatile bool known, checked;
    fork_guard_set(notice);
    pid_t child = vfork();
    if (child == 0) {
        fork_guard_check();
        checked = true;
        known = fork_guard_is_vfork_child();
        _exit(0);
    }
    judge(child, true);
    ck_assert(checked && known);
    ck_assert_int_eq(noticed, 0);
    ck_assert(!fork_guard_is_vfork_child());
}
END_TEST

static bool is_no_vfork_child(void)
{
    fork_guard_check();
    return !fork_guard_is_vfork_child();
}

START_TEST(forked_child_is_not_taken_for_a_vfork_child)
{
    fork_guard_set(notice);
    pid_t child = fork();
    judge(child, child || is_no_vfork_child());
}
END_TEST

static volatile int beside;

static void note_beside(void)
{
    beside++;
}

/* Returns whether it was the child that was noticed, and not its own child of vfork before. */
static bool vfork_child_comes_first(void)
{
    static volatile bool known;
    int status = -1;
    fork_guard_note_child(note_beside);
    pid_t child = vfork();
    if (child == 0) {
        fork_guard_check();
        known = fork_guard_is_vfork_child() && fork_guard_shares_memory();
        _exit(0);
    }
    bool is_right = known && beside == 1 && noticed == 0;
    return waitpid(child, &status, 0) == child && is_right && noticed_once() && beside == 1;
}

START_TEST(vfork_child_of_a_child_that_is_not_noticed_yet_is_known)
{
    fork_guard_set(notice);
    pid_t child = fork();
    judge(child, child || vfork_child_comes_first());
}
END_TEST

/* One that has been noted and noticed has children of every kind. */
static bool all_children_are_noticed(void)
{
    bool all = true;
    fork_guard_note_child(note_beside);
    all = noticed_once();
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        int status = -1;
        pid_t child = ways[i]();
        if (child == 0)
            _exit(!noticed_once() || beside);
        all = all && waitpid(child, &status, 0) == child && status == 0;
    }
    return all;
}

START_TEST(children_of_a_noted_child_are_noticed)
{
    fork_guard_set(notice);
    pid_t child = fork();
    judge(child, child || all_children_are_noticed());
}
END_TEST

static bool first_of_another_is_noticed(void)
{
    fork_guard_set(notice);
    bool may = unshare(CLONE_NEWPID) == 0;
    pid_t child = may ? fork() : -1;
    if (child == 0)
        _exit(!(getpid() == 1 && fork_guard_is_vfork_child() && noticed_once()));
    int status = 0;
    return child < 0 || (waitpid(child, &status, 0) == child && status == 0);
}

/* Needs to be root. */
START_TEST(child_of_the_same_number_is_noticed)
{
    pid_t child = fork();
    if (child == 0 && unshare(CLONE_NEWPID) == 0) {
        child = fork();
        judge(child, child || first_of_another_is_noticed());
        _exit(0);
    }
    judge(child, true);
}
END_TEST

SUITE("fork_guard", ONCE(process_itself_is_no_child),
      EACH(child_is_noticed_once_whichever_way_it_was_made, sizeof ways / sizeof *ways),
      ONCE(child_of_a_child_is_noticed_as_well), ONCE(errno_is_as_before),
      ONCE(vfork_child_is_not_noticed_but_known),
      ONCE(vfork_child_of_a_child_that_is_not_noticed_yet_is_known),
      ONCE(children_of_a_noted_child_are_noticed),
      ONCE(forked_child_is_not_taken_for_a_vfork_child), ONCE(child_of_the_same_number_is_noticed))
