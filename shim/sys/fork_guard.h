/*
 * fork_guard.h: notices that this process is a fresh copy of the one that was set up.
 *
 * A page that the kernel clears in a child tells it, whichever way the child was made: fork, _Fork,
 * clone or a raw system call. A child of vfork shares the parent's memory and is rightly not
 * noticed. If the parent is itself a child that has not been noticed yet, it is known by its
 * number, which is not the one that was noted in libc's fork.
 *
 * In a child the forking task and the main task go on, other tasks are dropped, and log and epoll
 * are made anew.
 */
#ifndef SYS_FORK_GUARD_H
#define SYS_FORK_GUARD_H

#include <stdbool.h>

/* What a fork clears: whether this process has been noticed, and the log's own number. */
enum { FORK_GUARD_NOTICED, FORK_GUARD_LOG, FORK_GUARD_WORDS };
extern volatile int *fork_guard_page __attribute__((visibility("hidden")));

/* Sets the guard. `in_child` is called once in each forked child, by fork_guard_check. Where the
 * kernel does not offer such pages (before Linux 4.14), children made by fork() are noticed. */
void fork_guard_set(void (*in_child)(void));

/* By the child that libc's fork has just made. A child of vfork that it may have before it is
 * noticed is no copy of its own: it calls `beside`, each time that fork_guard_check is, in memory
 * that is still its grandparent's copy. Async-signal-safe. */
void fork_guard_note_child(void (*beside)(void));

void fork_guard_trip(void);

/* Whether this is a copy that fork_guard_check has not been called in yet. */
static inline bool fork_guard_is_tripped(void)
{
    return __builtin_expect(*fork_guard_page == 0, 0);
}

/* Whether the caller is a child of vfork, whose descriptors are its own: what it does to them is no
 * concern of the parent's tasks. So is a forked child before fork_guard_check. */
bool fork_guard_is_vfork_child(void);

/* Only the former, or another child that shares our memory but not our signal handlers. */
bool fork_guard_shares_memory(void);

/* Every way into the shim passes here. */
static inline void fork_guard_check(void)
{
    if (fork_guard_is_tripped())
        fork_guard_trip();
}

#endif
