/*
 * vfork(2): its child runs in our memory, with descriptors of its own. No task may run in there, and what
 * it calls until it is another program is the real function: it would be recorded as its parent's. The
 * thread of the parent stands still meanwhile, so its own mark can say so.
 *
 * The child returns first, and must find no frame of ours. The return address is in a register while
 * it uses the stack, as in libc's own; what else the parent needs afterwards is in registers, too,
 * which the instruction keeps.
 *
 * Another library's, which has no less to do there, is run instead, without a mark.
 */
#if defined(__x86_64__)
#    include <sys/syscall.h>

    .text

    .global vfork, __vfork
    .type vfork, @function
    .type __vfork, @function
vfork:
__vfork:
    .cfi_startproc
    movq real_other_vfork(%rip), %rax
    testq %rax, %rax
    je .Lours
    jmp *%rax
.Lours:
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    call thread_passing
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    movq %rax, %rsi
    movb (%rsi), %dl
    movb $1, (%rsi)
    popq %rdi
    .cfi_adjust_cfa_offset -8
    .cfi_register %rip, %rdi
    movl $SYS_vfork, %eax
    syscall
    pushq %rdi
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rip, 0
    testl %eax, %eax
    je .Lchild
    movb %dl, (%rsi)
    cmpl $-4095, %eax
    jae .Lfailed
.Lchild:
    ret
.Lfailed:
    negl %eax
    pushq %rax
    .cfi_adjust_cfa_offset 8
    call *__errno_location@GOTPCREL(%rip)
    popq %rcx
    .cfi_adjust_cfa_offset -8
    movl %ecx, (%rax)
    movl $-1, %eax
    ret
    .cfi_endproc
    .size vfork, . - vfork
    .size __vfork, . - __vfork

#endif
    .section .note.GNU-stack, "", %progbits
