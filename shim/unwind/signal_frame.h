/*
 * signal_frame.h: the way out of a signal handler, where no table tells it.
 *
 * A handler returns to two instructions that call rt_sigreturn. On x86-64 they are libc's, with a
 * table as everything. On AArch64 they are the kernel's: since Linux 5.8 without a table, so that
 * unwinders know them by what they are, and find what the handler interrupted where the kernel has
 * put it, on the stack.
 */
#ifndef UNWIND_SIGNAL_FRAME_H
#define UNWIND_SIGNAL_FRAME_H

#include "unwind/memory.h"
#include "unwind/registers.h"

#include <stdbool.h>
#include <stdint.h>

#if defined(__aarch64__)

#    include <signal.h>
#    include <stddef.h>
#    include <ucontext.h>

static inline bool signal_frame_has(struct memory *memory, uint64_t address, uint32_t instruction)
{
    uint64_t word;
    return memory_read(memory, address & ~UINT64_C(7), &word) &&
           (uint32_t)(word >> (address & 4) * 8) == instruction;
}

/* Whether the code at `pc` returns from a handler. */
static inline bool signal_frame_is_at(struct memory *memory, uint64_t pc)
{
    return pc % 4 == 0 && signal_frame_has(memory, pc, 0xd2801168) && /* mov x8, #139 */
           signal_frame_has(memory, pc + 4, 0xd4000001);              /* svc #0 */
}

/* Reads the registers as they were when the signal came. */
static inline bool signal_frame_read(struct memory *memory, uint64_t stack_pointer,
                                     struct registers *registers)
{
    uint64_t at = stack_pointer + sizeof(siginfo_t) + offsetof(ucontext_t, uc_mcontext.regs);
    for (unsigned column = 0; column < COLUMNS; column++) /* the last one is the stack pointer */
        if (!memory_read(memory, at + column * sizeof at, &registers->column[column]))
            return false;
    return memory_read(memory, at + COLUMNS * sizeof at, &registers->pc);
}

#else

static inline bool signal_frame_is_at(struct memory *memory, uint64_t pc)
{
    (void)memory, (void)pc;
    return false;
}

static inline bool signal_frame_read(struct memory *memory, uint64_t stack_pointer,
                                     struct registers *registers)
{
    (void)memory, (void)stack_pointer, (void)registers;
    return false;
}

#endif

#endif
