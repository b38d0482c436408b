/*
 * mode.h: what the shim is doing in this process, in one word that each hook reads first.
 */
#ifndef SYS_MODE_H
#define SYS_MODE_H

#define MODE_LOG   1 /* calls are recorded or logged */
#define MODE_TASKS 2 /* some thread has or had tasks */

#ifndef __ASSEMBLER__

/* 0 before the library's constructor has run, and in a program without tasks and without a log:
 * every hook is then the real call. */
extern unsigned shim_mode;

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
