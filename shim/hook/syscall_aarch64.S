/* syscall(2): see syscall_x86_64.S. */
#if defined(__aarch64__)
#    include "sys/mode.h"

#    include <sys/syscall.h>

    .text

    .global syscall
    .type syscall, %function
syscall:
    .cfi_startproc
    cmp w0, #SYS_prctl
    b.eq .Lseen
    mov w9, #SYS_seccomp
    cmp w0, w9
    b.eq .Lseen
    adrp x9, shim_mode
    ldr w9, [x9, #:lo12:shim_mode]
    tst w9, #MODE_LOG
    b.eq .Lraw
    cmp w0, #SYS_futex
    b.eq .Lseen
    cmp w0, #SYS_futex_waitv
    b.eq .Lseen
.Lraw:
    uxtw x8, w0
    mov x0, x1
    mov x1, x2
    mov x2, x3
    mov x3, x4
    mov x4, x5
    mov x5, x6
    svc #0
    cmn x0, #4095
    b.cs .Lfailed
    ret
.Lseen:
    b syscall_seen
.Lfailed:
    stp x29, x30, [sp, #-32]!
    .cfi_def_cfa_offset 32
    .cfi_offset x29, -32
    .cfi_offset x30, -24
    neg w0, w0
    str w0, [sp, #16]
    bl __errno_location
    ldr w1, [sp, #16]
    str w1, [x0]
    mov x0, #-1
    ldp x29, x30, [sp], #32
    .cfi_restore x29
    .cfi_restore x30
    .cfi_def_cfa_offset 0
    ret
    .cfi_endproc
    .size syscall, . - syscall

#endif
    .section .note.GNU-stack, "", %progbits
