/* unaligned_handler: a handler that begins on a stack that is 8 bytes off, as under QEMU 7.2 in
 * user mode: SIGCHLD ended a shell there. What the kernel has for it is called as such an emulator
 * does. */
#include "facts.h"

#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t ran;

static void handle(int number)
{
    ran = number;
}

/* The kernel's struct sigaction. */
struct kernel_action {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
};

#ifdef __x86_64__
static void call_unaligned(void (*handler)(int), siginfo_t *info, ucontext_t *context)
{
    __asm__ volatile("mov %%rsp, %%rbx\n"
                     "sub $256, %%rsp\n"
                     "and $-16, %%rsp\n"
                     "sub $8, %%rsp\n"
                     "call *%0\n"
                     "mov %%rbx, %%rsp\n"
                     :
                     : "r"(handler), "D"((long)SIGUSR1), "S"(info), "d"(context)
                     : "rbx", "rax", "rcx", "r8", "r9", "r10", "r11", "memory", "cc");
}
#else
static void call_unaligned(void (*handler)(int), siginfo_t *info, ucontext_t *context)
{
    (void)info;
    (void)context;
    handler(SIGUSR1);
}
#endif

int main(void)
{
    struct kernel_action action;
    siginfo_t info = {.si_signo = SIGUSR1};
    ucontext_t context;
    signal(SIGUSR1, handle);
    must((int)syscall(SYS_rt_sigaction, SIGUSR1, NULL, &action, sizeof action.mask), "sigaction");
    getcontext(&context);
    call_unaligned(action.handler, &info, &context);
    fact("handled %d", ran == SIGUSR1);
}
