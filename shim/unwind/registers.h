/*
 * registers.h: the registers that unwind tables speak of, per architecture.
 *
 * Columns are DWARF's numbers. Vector registers have numbers beyond COLUMNS: no address is found
 * through them.
 */
#ifndef UNWIND_REGISTERS_H
#define UNWIND_REGISTERS_H

#include "sys/inline.h"

#include <stdint.h>

#if defined(__x86_64__)
#    define COLUMNS       17
#    define STACK_POINTER 7
#    define RETURN_COLUMN 16
#elif defined(__aarch64__)
#    define COLUMNS       32
#    define STACK_POINTER 31
#    define RETURN_COLUMN 30
#endif

struct registers {
    uint64_t column[COLUMNS];
    uint64_t pc;
};

/* Stores those that a function must keep, as they are where this stands. The others are of no use:
 * no caller of a function relies on them. */
static ALWAYS_INLINE void registers_capture(struct registers *registers)
{
#if defined(__x86_64__)
    __asm__ volatile("movq %%rbx, 3*8(%0)\n\t"
                     "movq %%rbp, 6*8(%0)\n\t"
                     "movq %%rsp, 7*8(%0)\n\t"
                     "movq %%r12, 12*8(%0)\n\t"
                     "movq %%r13, 13*8(%0)\n\t"
                     "movq %%r14, 14*8(%0)\n\t"
                     "movq %%r15, 15*8(%0)\n\t"
                     "leaq 0f(%%rip), %%rax\n\t"
                     "movq %%rax, 17*8(%0)\n"
                     "0:"
                     :
                     : "D"(registers)
                     : "rax", "memory");
#elif defined(__aarch64__)
    register struct registers *to __asm__("x0") = registers;
    __asm__ volatile("stp x19, x20, [%0, #19*8]\n\t"
                     "stp x21, x22, [%0, #21*8]\n\t"
                     "stp x23, x24, [%0, #23*8]\n\t"
                     "stp x25, x26, [%0, #25*8]\n\t"
                     "stp x27, x28, [%0, #27*8]\n\t"
                     "stp x29, x30, [%0, #29*8]\n\t"
                     "mov x9, sp\n\t"
                     "adr x10, 0f\n\t"
                     "stp x9, x10, [%0, #31*8]\n"
                     "0:"
                     :
                     : "r"(to)
                     : "x9", "x10", "memory");
#endif
}

/* A return address without the signature that pointer authentication (ARMv8.3) puts into its upper
 * bits. Elsewhere, and without a signature, it is the address itself. */
static inline uint64_t registers_plain_address(uint64_t address)
{
#if defined(__aarch64__)
    register uint64_t link __asm__("x30") = address;
    __asm__("hint #7" /* xpaclri */ : "+r"(link));
    return link;
#else
    return address;
#endif
}

#endif
