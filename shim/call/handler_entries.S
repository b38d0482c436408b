/* The functions that the kernel calls for the program's handlers: each adds its number to the three
 * arguments of a handler, as a fourth, and goes on to handler_arrive. */
#include "call/handler_entries.h"

    .text
    .global handler_entries
    .hidden handler_entries
    .balign HANDLER_ENTRY_SIZE
handler_entries:
    .cfi_startproc
    .set number, 0
    .rept HANDLER_ENTRIES
    .balign HANDLER_ENTRY_SIZE
#if defined(__x86_64__)
    endbr64
    movl $number, %ecx
    jmp handler_arrive
#elif defined(__aarch64__)
    hint #34 /* bti c */
    mov w3, #number
    b handler_arrive
#endif
    .set number, number + 1
    .endr
    .balign HANDLER_ENTRY_SIZE
    .cfi_endproc
    .section .note.GNU-stack, "", %progbits
