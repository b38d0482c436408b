/*
 * kernel.h: the calls that the shim makes for itself, which tests can make fail.
 *
 *     int fd = (int)KERNEL(openat, AT_FDCWD, path, O_RDONLY, 0);     the system call: -1 and errno
 *     void *page = FALLIBLE(mmap, MAP_FAILED, NULL, size, ...);      libc's function, or MAP_FAILED
 *
 * kernel.def lists them, and how each can fail. KERNEL executes the instruction itself, since any
 * function of libc may be hooked. In a build with checks sys/fault.c decides whether a call fails;
 * in others nothing is between the shim and the call.
 */
#ifndef SYS_KERNEL_H
#define SYS_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

enum own_call {
#define OWN(name, ...) OWN_##name,
#include "sys/kernel.def"
    OWN_CALLS
};

/* What the kernel returns: the result, or the negative error number. */
static inline long kernel_instruction(long number, long a, long b, long c, long d, long e, long f)
{
#if defined __x86_64__
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
#elif defined __aarch64__
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
#else
#    error "no system call instruction for this processor"
#endif
}

/* The same as syscall(2) returns it: -1 and errno. Never made to fail. */
static inline long kernel_call(long number, long a, long b, long c, long d, long e, long f)
{
    long result = kernel_instruction(number, a, b, c, d, e, f);
    if (result >= 0 || result < -4095)
        return result;
    errno = (int)-result;
    return -1;
}

/* What cannot fail, without a page of libc's that a short process touches for nothing else. */
static inline pid_t kernel_thread(void)
{
    return (pid_t)kernel_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

static inline void kernel_unmap(void *begin, size_t size)
{
    kernel_call(SYS_munmap, (long)begin, (long)size, 0, 0, 0, 0);
}

#ifdef GREQ_CHECKS

/* In sys/fault.c. Whether the call is to fail now; sets errno. */
bool own_call_fails(enum own_call call);

/* The system call, whole, cut short or failed. */
long own_kernel_call(enum own_call call, long number, long a, long b, long c, long d, long e,
                     long f);

#    define KERNEL_CALL(name, ...) own_kernel_call(OWN_##name, SYS_##name, __VA_ARGS__)
#    define FALLIBLE(function, failure, ...) \
        (own_call_fails(OWN_##function) ? (failure) : function(__VA_ARGS__))

#else

#    define KERNEL_CALL(name, ...)           kernel_call(SYS_##name, __VA_ARGS__)
#    define FALLIBLE(function, failure, ...) function(__VA_ARGS__)

#endif

/* One to six arguments of any scalar type. */
#define KERNEL(name, ...) KERNEL_FILLED(name, __VA_ARGS__, 0, 0, 0, 0, 0)
#define KERNEL_FILLED(name, a, b, c, d, e, f, ...) \
    KERNEL_CALL(name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

#endif
