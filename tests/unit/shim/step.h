/*
 * step.h: SIGTRAP after each instruction, so that a test comes in between everywhere. Where
 * CAN_STEP is 0 there is none.
 */
#ifndef UNIT_SHIM_STEP_H
#define UNIT_SHIM_STEP_H

#include <stdbool.h>

#if defined __x86_64__ && GREQ_PLAIN_BUILD
#    define CAN_STEP 1
static inline void step(bool on)
{
    enum { TRAP_FLAG = 0x100 };
    unsigned long long flags = __builtin_ia32_readeflags_u64() & ~(unsigned long long)TRAP_FLAG;
    __builtin_ia32_writeeflags_u64(on ? flags | TRAP_FLAG : flags);
}
#else
#    define CAN_STEP 0
static inline void step(bool on)
{
    (void)on;
}
#endif

#endif
