/*
 * real.h: the functions that the hooks stand in front of.
 *
 * Each is looked up when it is first needed and never before: constructors of other libraries call
 * hooks before ours has run, and a look-up of a name that does not exist would allocate. Nothing
 * here takes a lock of its own; two threads that look up the same name store the same address.
 */
#ifndef REAL_REAL_H
#define REAL_REAL_H

#include "real/calls.h"

extern void *real_functions[CALL_COUNT];

/* Looks up the next definition after ours of a libc function; NULL when this libc has none. */
void *real_look_up(enum call_id id);

static inline void *real_find(enum call_id id)
{
    void *found = __atomic_load_n(&real_functions[id], __ATOMIC_RELAXED);
    return found ? found : real_look_up(id);
}

/* The real libc function, typed as its declaration: REAL(recv)(fd, ...). */
#define REAL(symbol) ((__typeof__(&symbol))real_find(CALL_##symbol))

#endif
