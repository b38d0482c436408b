/*
 * mode.h: what the shim is doing in this process, in one word that each hook reads first.
 */
#ifndef SYS_MODE_H
#define SYS_MODE_H

#define MODE_LOG   1 /* calls are recorded or logged */
#define MODE_TASKS 2 /* some thread has or had tasks */

#ifndef __ASSEMBLER__

#    include <stdbool.h>

/* 0 before the library's constructor has run, and in a program without tasks and without a log:
 * every hook is then the real call. */
extern unsigned shim_mode;

/* The process has taken system calls away from itself: nothing but the program's own may be made.
 * It stays so, in its forked children too. */
extern bool shim_confined;

static inline bool mode_is_confined(void)
{
    return __atomic_load_n(&shim_confined, __ATOMIC_RELAXED);
}

static inline void mode_confine(void)
{
    __atomic_store_n(&shim_confined, true, __ATOMIC_RELAXED);
}

static inline unsigned mode_now(void)
{
    return __atomic_load_n(&shim_mode, __ATOMIC_RELAXED);
}

static inline void mode_add(unsigned bits)
{
    __atomic_fetch_or(&shim_mode, bits, __ATOMIC_RELEASE);
}

static inline void mode_remove(unsigned bits)
{
    __atomic_fetch_and(&shim_mode, ~bits, __ATOMIC_RELEASE);
}

#endif

#endif
