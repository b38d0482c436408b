/* handled_in_record: a signal comes while the library records a long call, at the end of a system
 * call that it makes for that. The handler makes a call of its own. */
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* Not as a call that the library sees: it would end its recording. */
static long raw_call(long number, long first, long second, long third)
{
#ifdef __x86_64__
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(first), "S"(second), "d"(third)
                     : "rcx", "r11", "memory");
    return result;
#else
    register long x8 __asm__("x8") = number, x0 __asm__("x0") = first, x1 __asm__("x1") = second,
                     x2 __asm__("x2") = third;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
#endif
}

/* Opening a file has failed. */
static void handle(int number, siginfo_t *info, void *data)
{
    ucontext_t *context = data;
    (void)number, (void)info;
    waitpid(-1, NULL, WNOHANG);
#ifdef __x86_64__
    context->uc_mcontext.gregs[REG_RAX] = -ENOENT;
#else
    context->uc_mcontext.regs[0] = (unsigned long)-ENOENT;
#endif
}

static void have_signals_at_open(void)
{
    static struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    static const struct sock_fprog filter = {sizeof instructions / sizeof *instructions,
                                             instructions};
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
    must((int)raw_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (intptr_t)&filter), "seccomp");
}

int main(void)
{
    const struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    poll(NULL, 0, 0); /* the recording has begun */
    must(sigaction(SIGSYS, &action, NULL), "sigaction");
    have_signals_at_open();
    usleep(5000);
    _exit(0); /* nothing else is opened */
}
