/* System V ABI, x86-64: rbx, rbp, r12-r15, the control bits of mxcsr and the x87 control word are the
 * callee's to keep. */
#if defined(__x86_64__)
    .text

    .global context_switch
    .hidden context_switch
    .type context_switch, @function
context_switch:
    .cfi_startproc
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    pushq %r12
    .cfi_adjust_cfa_offset 8
    pushq %r13
    .cfi_adjust_cfa_offset 8
    pushq %r14
    .cfi_adjust_cfa_offset 8
    pushq %r15
    .cfi_adjust_cfa_offset 8
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq %r15
    .cfi_adjust_cfa_offset -8
    popq %r14
    .cfi_adjust_cfa_offset -8
    popq %r13
    .cfi_adjust_cfa_offset -8
    popq %r12
    .cfi_adjust_cfa_offset -8
    popq %rbx
    .cfi_adjust_cfa_offset -8
    popq %rbp
    .cfi_adjust_cfa_offset -8
    ret
    .cfi_endproc
    .size context_switch, . - context_switch

/* Where a new task begins: entry is in r12, its argument in r13. Unwinders stop here. */
    .type context_start, @function
context_start:
    .cfi_startproc
    .cfi_undefined %rip
    movq %r13, %rdi
    xorl %ebp, %ebp
    call *%r12
    ud2
    .cfi_endproc
    .size context_start, . - context_start

    .global context_prepare
    .hidden context_prepare
    .type context_prepare, @function
context_prepare:
    .cfi_startproc
    leaq context_start(%rip), %rax
    movq %rax, -8(%rdi)
    movq $0, -16(%rdi)    /* rbp */
    movq $0, -24(%rdi)    /* rbx */
    movq %rsi, -32(%rdi)  /* r12 */
    movq %rdx, -40(%rdi)  /* r13 */
    movq $0, -48(%rdi)    /* r14 */
    movq $0, -56(%rdi)    /* r15 */
    stmxcsr -64(%rdi)
    fnstcw -60(%rdi)
    leaq -64(%rdi), %rax
    ret
    .cfi_endproc
    .size context_prepare, . - context_prepare
#endif
    .section .note.GNU-stack, "", %progbits
