/* AAPCS64: x19-x28, the frame pointer, the link register, the low halves of v8-v15 and the control bits
 * of fpcr are the callee's to keep. The flags in fpsr go with them, as those in mxcsr do elsewhere. */
#if defined(__aarch64__)
    .text

    .global context_switch
    .hidden context_switch
    .type context_switch, %function
context_switch:
    .cfi_startproc
    sub sp, sp, #176
    .cfi_adjust_cfa_offset 176
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    .cfi_offset x29, -96
    .cfi_offset x30, -88
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mrs x9, fpcr
    mrs x10, fpsr
    stp x9, x10, [sp, #160]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    ldp x9, x10, [sp, #160]
    msr fpcr, x9
    msr fpsr, x10
    add sp, sp, #176
    .cfi_adjust_cfa_offset -176
    ret
    .cfi_endproc
    .size context_switch, . - context_switch

/* Where a new task begins: entry is in x19, its argument in x20. Unwinders stop here. */
    .type context_start, %function
context_start:
    .cfi_startproc
    .cfi_undefined x30
    mov x0, x20
    blr x19
    brk #0
    .cfi_endproc
    .size context_start, . - context_start

    .global context_prepare
    .hidden context_prepare
    .type context_prepare, %function
context_prepare:
    .cfi_startproc
    sub x9, x0, #176
    stp x1, x2, [x9, #0]
    stp xzr, xzr, [x9, #16]
    stp xzr, xzr, [x9, #32]
    stp xzr, xzr, [x9, #48]
    stp xzr, xzr, [x9, #64]
    adr x10, context_start
    stp xzr, x10, [x9, #80]
    stp xzr, xzr, [x9, #96]
    stp xzr, xzr, [x9, #112]
    stp xzr, xzr, [x9, #128]
    stp xzr, xzr, [x9, #144]
    mrs x10, fpcr
    mrs x11, fpsr
    stp x10, x11, [x9, #160]
    mov x0, x9
    ret
    .cfi_endproc
    .size context_prepare, . - context_prepare
#endif
    .section .note.GNU-stack, "", %progbits
