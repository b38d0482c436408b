/*
 * real.h: the functions that the hooks stand in front of.
 *
 * libc's are looked up by the library's constructor: the loader's own needs two pages of stack, and
 * a call may stand on a smaller one. Those of a libc that is older, and all while constructors of
 * other libraries call hooks before ours has run, are looked up when they are needed. Nothing here
 * takes a lock of its own; two threads that look up the same name store the same address.
 *
 * pthread_cond_* are looked up by dlvsym (GLIBC_2.3.2 on x86-64), since there is an older body.
 */
#ifndef REAL_REAL_H
#define REAL_REAL_H

#include "real/calls.h"

extern void *real_functions[CALL_COUNT] __attribute__((visibility("hidden")));

/* Looks up the next definition after ours of a libc function; NULL when this libc has none. */
void *real_look_up(enum call_id id);

/*
 * The next definition after ours of vfork, if it may be another library's: a sanitizer's forgets
 * there what the child has left in the parent's stack. NULL where only libc has one.
 */
extern void *real_other_vfork __attribute__((visibility("hidden")));

/* Looks up all that this libc has. */
void real_look_up_all(void);

/* For those who name no version: see real/unversioned.c. */
void real_give_old_bodies(void);

/* NULL where it is still to be looked up. */
static inline void *real_known(enum call_id id)
{
    return __atomic_load_n(&real_functions[id], __ATOMIC_RELAXED);
}

static inline void *real_find(enum call_id id)
{
    void *found = real_known(id);
    return found ? found : real_look_up(id);
}

/* The real libc function, typed as its declaration: REAL(recv)(fd, ...). */
#define REAL(symbol) ((__typeof__(&symbol))real_find(CALL_##symbol))

#endif
