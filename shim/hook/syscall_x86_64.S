/*
 * syscall(2): the instruction itself, with all arguments as they came and no frame of ours, so that
 * a child of vfork or clone returns to the caller as from libc's own. Nothing is looked up, taken or
 * allocated: allocators call it before they can allocate.
 *
 * What hook/syscall.c wants to see goes on there, by a jump: prctl, seccomp, pkey_alloc, close and
 * close_range, and what is RECORDED while calls are.
 */
#if defined(__x86_64__)
#    include "sys/mode.h"

#    include <sys/syscall.h>

/* What may change a socket or pass it on: see sys/own_socket.h. */
    .macro PASSES_ON number
    cmpq $\number, %rdi
    je .Lpassed_on
    .endm

/* What is recorded. */
    .macro RECORDED number
    cmpq $\number, %rdi
    je syscall_seen
    .endm

    .text

    .global syscall
    .type syscall, @function
syscall:
    .cfi_startproc
    cmpq $SYS_prctl, %rdi
    je syscall_seen
    cmpq $SYS_seccomp, %rdi
    je syscall_seen
    cmpq $SYS_pkey_alloc, %rdi
    je syscall_seen
    cmpq $SYS_futex, %rdi
    je .Lunshared
    cmpq $SYS_close, %rdi
    je syscall_seen
    cmpq $SYS_close_range, %rdi
    je syscall_seen
    PASSES_ON SYS_ioctl
    PASSES_ON SYS_fcntl
    PASSES_ON SYS_setsockopt
    PASSES_ON SYS_dup
    PASSES_ON SYS_dup2
    PASSES_ON SYS_dup3
    PASSES_ON SYS_sendmsg
    PASSES_ON SYS_sendmmsg
    PASSES_ON SYS_fork
    PASSES_ON SYS_vfork
    PASSES_ON SYS_clone
    PASSES_ON SYS_clone3
    PASSES_ON SYS_execve
    PASSES_ON SYS_execveat
.Lunshared:
    testl $MODE_LOG, mode_page(%rip)
    jz .Lraw
    RECORDED SYS_futex
    RECORDED SYS_sendto
    RECORDED SYS_sendmsg
    RECORDED SYS_sendmmsg
    RECORDED SYS_recvfrom
    RECORDED SYS_recvmsg
    RECORDED SYS_recvmmsg
    RECORDED SYS_connect
    RECORDED SYS_accept
    RECORDED SYS_accept4
    RECORDED SYS_futex_waitv
.Lraw:
    movq %rdi, %rax
    movq %rsi, %rdi
    movq %rdx, %rsi
    movq %rcx, %rdx
    movq %r8, %r10
    movq %r9, %r8
    movq 8(%rsp), %r9
    syscall
    cmpq $-4095, %rax
    jae .Lfailed
    ret
.Lpassed_on:
    lock incl own_socket_epoch(%rip)
    jmp .Lunshared
.Lfailed:
    negl %eax
    pushq %rax
    .cfi_adjust_cfa_offset 8
    call *__errno_location@GOTPCREL(%rip)
    popq %rcx
    .cfi_adjust_cfa_offset -8
    movl %ecx, (%rax)
    movq $-1, %rax
    ret
    .cfi_endproc
    .size syscall, . - syscall

#endif
    .section .note.GNU-stack, "", %progbits
