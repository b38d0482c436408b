/* syscall(2): see syscall_x86_64.S. */
#if defined(__aarch64__)
#    include "sys/mode.h"

#    include <sys/syscall.h>

/* What may change a socket or pass it on: see sys/own_socket.h. */
    .macro PASSES_ON number
    cmp w0, #\number
    b.eq .Lpassed_on
    .endm

/* What is recorded. */
    .macro RECORDED number
    cmp w0, #\number
    b.eq .Lseen
    .endm

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
    adrp x9, mode_page
    ldr w9, [x9, #:lo12:mode_page]
    cmp w0, #SYS_futex
    b.eq .Lunshared
    cmp w0, #SYS_close
    b.eq .Lseen
    cmp w0, #SYS_close_range
    b.eq .Lseen
    PASSES_ON SYS_ioctl
    PASSES_ON SYS_fcntl
    PASSES_ON SYS_setsockopt
    PASSES_ON SYS_dup
    PASSES_ON SYS_dup3
    PASSES_ON SYS_sendmsg
    PASSES_ON SYS_sendmmsg
    PASSES_ON SYS_clone
    PASSES_ON SYS_clone3
    PASSES_ON SYS_execve
    PASSES_ON SYS_execveat
.Lunshared:
    tst w9, #MODE_LOG
    b.eq .Lraw
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
.Lpassed_on:
    adrp x10, own_socket_epoch
    add x10, x10, #:lo12:own_socket_epoch
1:  ldaxr w11, [x10]
    add w11, w11, #1
    stlxr w12, w11, [x10]
    cbnz w12, 1b
    b .Lunshared
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
