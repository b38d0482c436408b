/* dlopen: see dlopen_x86_64.S. */
#if defined(__aarch64__)
    .text

    .global dlopen
    .type dlopen, %function
dlopen:
    .cfi_startproc
    stp x29, x30, [sp, #-48]!
    .cfi_def_cfa_offset 48
    .cfi_offset x29, -48
    .cfi_offset x30, -40
    stp x0, x1, [sp, #16]
    str xzr, [sp, #32]
    mov x2, x30
    add x3, sp, #32
    bl dlopen_target
    mov x16, x0
    ldp x0, x1, [sp, #16]
    ldr x2, [sp, #32]
    ldp x29, x30, [sp], #48
    .cfi_restore x29
    .cfi_restore x30
    .cfi_def_cfa_offset 0
    br x16
    .cfi_endproc
    .size dlopen, . - dlopen

#endif
    .section .note.GNU-stack, "", %progbits
