/* dlopen: with the caller's return address and no frame of ours. See deep_open.c. */
#if defined(__x86_64__)
    .text

    .global dlopen
    .type dlopen, @function
dlopen:
    .cfi_startproc
    movq (%rsp), %rdx
    pushq %rdi
    .cfi_adjust_cfa_offset 8
    pushq %rsi
    .cfi_adjust_cfa_offset 8
    pushq $0
    .cfi_adjust_cfa_offset 8
    movq %rsp, %rcx
    call dlopen_target
    popq %rdx
    .cfi_adjust_cfa_offset -8
    popq %rsi
    .cfi_adjust_cfa_offset -8
    popq %rdi
    .cfi_adjust_cfa_offset -8
    jmp *%rax
    .cfi_endproc
    .size dlopen, . - dlopen

#endif
    .section .note.GNU-stack, "", %progbits
