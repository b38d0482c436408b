/* vfork(2): see vfork_x86_64.S. */
#if defined(__aarch64__)
#    include <sys/syscall.h>

#    define VFORK_FLAGS 0x4111 /* CLONE_VFORK | CLONE_VM | SIGCHLD */

    .text

    .global vfork, __vfork
    .type vfork, %function
    .type __vfork, %function
vfork:
__vfork:
    .cfi_startproc
    adrp x16, real_other_vfork
    ldr x16, [x16, :lo12:real_other_vfork]
    cbz x16, .Lours
    br x16
.Lours:
    stp x29, x30, [sp, #-16]!
    .cfi_def_cfa_offset 16
    .cfi_offset x29, -16
    .cfi_offset x30, -8
    bl thread_passing
    ldp x29, x30, [sp], #16
    .cfi_restore x29
    .cfi_restore x30
    .cfi_def_cfa_offset 0
    mov x9, x0
    ldrb w10, [x9]
    mov w11, #1
    strb w11, [x9]
    mov x0, #VFORK_FLAGS
    mov x1, #0
    mov x2, #0
    mov x3, #0
    mov x4, #0
    mov x8, #SYS_clone
    svc #0
    cbz x0, .Lchild
    strb w10, [x9]
    cmn x0, #4095
    b.cs .Lfailed
.Lchild:
    ret
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
    mov w0, #-1
    ldp x29, x30, [sp], #32
    .cfi_restore x29
    .cfi_restore x30
    .cfi_def_cfa_offset 0
    ret
    .cfi_endproc
    .size vfork, . - vfork
    .size __vfork, . - __vfork

#endif
    .section .note.GNU-stack, "", %progbits
