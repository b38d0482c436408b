/* signal_rules: handlers that are set, asked for, saved and set again by every function there is,
 * and by none. The scenes stand for programs; where one is known its tracker is named. */
#include "company.h"
#include "facts.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t first_calls, second_calls, info_calls, wrong;

static void first(int number)
{
    wrong |= number <= 0;
    first_calls++;
}

static void second(int number)
{
    wrong |= number <= 0;
    second_calls++;
}

static void with_info(int number, siginfo_t *info, void *context)
{
    wrong |= info->si_signo != number || !context;
    info_calls++;
}

static const char *name_of(void (*handler)(int))
{
    if (handler == first || handler == second)
        return handler == first ? "first" : "second";
    if (handler == SIG_DFL || handler == SIG_IGN)
        return handler == SIG_DFL ? "default" : "ignored";
    if (handler == SIG_HOLD || handler == SIG_ERR)
        return handler == SIG_HOLD ? "held" : "error";
    return (uintptr_t)handler == (uintptr_t)with_info ? "with_info" : "another";
}

static const char *present(int number)
{
    struct sigaction action;
    must(sigaction(number, NULL, &action), "sigaction");
    return name_of(action.sa_handler);
}

static void set(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    must(sigaction(number, &action, NULL), "sigaction");
}

static void set_with_info(int number, int flags)
{
    struct sigaction action = {.sa_sigaction = with_info, .sa_flags = SA_SIGINFO | flags};
    must(sigaction(number, &action, NULL), "sigaction");
}

/* Raises it and says who was called; then nobody's. */
static void tell(const char *what)
{
    first_calls = second_calls = info_calls = wrong = 0;
    raise(SIGUSR1);
    fact("%s: first %d, second %d, with info %d, wrong %d, now %s", what, (int)first_calls,
         (int)second_calls, (int)info_calls, (int)wrong, present(SIGUSR1));
    set(SIGUSR1, SIG_DFL, 0);
}

/* ---- what comes out goes in again ---- */

static void saved_and_set_again(void)
{
    signal(SIGUSR1, first);
    void (*old)(int) = sigset(SIGUSR1, second);
    fact("sigset's old one: %s", name_of(old));
    signal(SIGUSR1, old);
    tell("by signal");
    signal(SIGUSR1, first);
    old = sigset(SIGUSR1, second);
    signal(SIGUSR1, SIG_DFL);
    fact("sigset of it: %s", name_of(sigset(SIGUSR1, old)));
    tell("by sigset");
    struct sigaction action = {.sa_handler = first};
    sigaction(SIGUSR1, &action, NULL);
    action.sa_handler = sigset(SIGUSR1, SIG_IGN);
    sigaction(SIGUSR1, &action, NULL);
    tell("by sigaction");
    set_with_info(SIGUSR1, 0);
    old = sysv_signal(SIGUSR1, second);
    fact("sysv_signal's old one: %s", name_of(old));
    tell("by sysv_signal");
}

static void system_v(void)
{
    sigset_t pending;
    fact("sigset: %s", name_of(sigset(SIGUSR1, second)));
    fact("signal: %s", name_of(signal(SIGUSR1, first)));
    sighold(SIGUSR1);
    first_calls = 0;
    raise(SIGUSR1);
    sigpending(&pending);
    fact("held: called %d, pending %d", (int)first_calls, sigismember(&pending, SIGUSR1));
    sigrelse(SIGUSR1);
    fact("released: called %d", (int)first_calls);
    fact("sigset to hold: %s", name_of(sigset(SIGUSR1, SIG_HOLD)));
    fact("and from it: %s", name_of(sigset(SIGUSR1, second)));
    tell("after all");
    sigignore(SIGUSR1);
    tell("sigignore");
    errno = 0;
    void (*old)(int) = sigset(0, first);
    fact("no signal: %s, %s", name_of(old), error_name(errno));
    errno = 0;
    old = sigset(SIGUSR1, SIG_ERR);
    fact("no handler: %s, %s", name_of(old), error_name(errno));
}

/* Those that keep their flags and change the handler: curl/curl 20278, syslog-ng/syslog-ng 3338. */
static void constants_with_flags(void)
{
    set(SIGUSR1, SIG_IGN, SA_SIGINFO);
    tell("ignored with SA_SIGINFO");
    struct sigaction action;
    set_with_info(SIGUSR1, 0);
    sigaction(SIGUSR1, NULL, &action);
    action.sa_handler = SIG_IGN;
    sigaction(SIGUSR1, &action, NULL);
    tell("made ignored");
    set(SIGCHLD, SIG_DFL, SA_SIGINFO | SA_RESTART);
    fact("default with SA_SIGINFO: %d, %s", raise(SIGCHLD), present(SIGCHLD));
}

/* ---- one handler calls another: xroche/coffeecatch 51, dolphin-emu/dolphin 6027 ---- */

static struct sigaction chained;

static void chain(int number, siginfo_t *info, void *context)
{
    if (chained.sa_flags & SA_SIGINFO)
        chained.sa_sigaction(number, info, context);
    else if (chained.sa_handler != SIG_DFL && chained.sa_handler != SIG_IGN)
        chained.sa_handler(number);
}

static void chains(void)
{
    struct sigaction action = {.sa_sigaction = chain, .sa_flags = SA_SIGINFO};
    set(SIGUSR1, first, 0);
    sigaction(SIGUSR1, &action, &chained);
    tell("before it one without info");
    set_with_info(SIGUSR1, 0);
    sigaction(SIGUSR1, &action, &chained);
    tell("before it one with info");
    set(SIGUSR1, second, 0);
    sigaction(SIGUSR1, &action, &chained);
    sigaction(SIGUSR1, &chained, NULL);
    tell("taken back");
}

/* ---- past all hooks ---- */

struct kernel_action {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
};

static void raw_action(int number, const struct kernel_action *action, struct kernel_action *before)
{
    must((int)syscall(SYS_rt_sigaction, number, action, before, sizeof(uint64_t)), "rt_sigaction");
}

/* A runtime that wants all handlers to have stacks of their own: golang/go 78883. */
static void flags_added_by_system_call(void)
{
    struct kernel_action action;
    set(SIGUSR1, first, 0);
    raw_action(SIGUSR1, NULL, &action);
    action.flags |= SA_ONSTACK;
    raw_action(SIGUSR1, &action, NULL);
    tell("set again by system call");
    set_with_info(SIGUSR1, SA_RESTART);
    raw_action(SIGUSR1, NULL, &action);
    set(SIGUSR1, second, 0);
    raw_action(SIGUSR1, &action, NULL);
    tell("put back by system call");
}

/* The kernel's answer goes where a handler belongs: DataDog/java-profiler 437. */
static void raw_answer_set_by_function(void)
{
    struct kernel_action action;
    set(SIGUSR1, first, 0);
    raw_action(SIGUSR1, NULL, &action);
    signal(SIGUSR1, action.handler);
    tell("by signal");
    set(SIGUSR1, second, 0);
    raw_action(SIGUSR1, NULL, &action);
    set(SIGUSR1, action.handler, 0);
    tell("by sigaction");
    set(SIGUSR1, second, 0);
    raw_action(SIGUSR1, NULL, &action);
    sigset(SIGUSR1, action.handler);
    tell("by sigset");
    first_calls = 0;
    set(SIGUSR1, first, 0);
    raw_action(SIGUSR1, NULL, &action);
    action.handler(SIGUSR1);
    fact("called: %d", (int)first_calls);
}

/* libc's own function, as a library that is bound deeply has it. */
static void functions_of_libc(void)
{
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    int (*real)(int, const struct sigaction *, struct sigaction *);
    struct sigaction action;
    *(void **)&real = dlsym(libc, "sigaction");
    set(SIGUSR1, first, 0);
    real(SIGUSR1, NULL, &action);
    real(SIGUSR1, &action, NULL);
    tell("asked and set");
    set(SIGUSR1, second, SA_RESTART);
    real(SIGUSR1, NULL, &action);
    sigaction(SIGUSR1, &action, NULL);
    tell("asked, set by ours");
    action.sa_handler = first;
    real(SIGUSR1, &action, NULL);
    tell("set");
    dlclose(libc);
}

/* ---- what the kernel does with them ---- */

/* Mellanox/libxlio 646. */
static void once(void)
{
    set(SIGUSR1, first, SA_RESETHAND);
    tell("SA_RESETHAND");
    sysv_signal(SIGUSR1, second);
    tell("sysv_signal");
}

/* As old ones do that take more than they ask for. */
static void three_arguments(void)
{
#ifdef __x86_64__
    volatile uintptr_t handler = (uintptr_t)chain;
    chained = (struct sigaction){.sa_sigaction = with_info, .sa_flags = SA_SIGINFO};
    set(SIGUSR1, (void (*)(int))handler, 0);
    first_calls = info_calls = 0;
    raise(SIGUSR1);
    fact("without asking: %d", (int)info_calls);
    set(SIGUSR1, SIG_DFL, 0);
#endif
}

/* syslog-ng/syslog-ng 3316 had a table that was too short. */
static void all_numbers(void)
{
    int set_count = 0;
    first_calls = 0;
    for (int number = 1; number <= SIGRTMAX; number++) {
        struct sigaction before, action = {.sa_handler = first};
        if (number == SIGCHLD || number == SIGSEGV || sigaction(number, &action, &before) != 0)
            continue;
        set_count++;
        raise(number);
        sigaction(number, &before, NULL);
    }
    fact("set %d, called %d", set_count, (int)first_calls);
}

static void errors(void)
{
    static const int numbers[] = {0, -1, 65, 1000, SIGKILL, SIGSTOP};
    struct sigaction action = {.sa_handler = first}, before = {.sa_handler = second};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        fact("sigaction of %d: %s", numbers[i], outcome(sigaction(numbers[i], &action, &before)));
        errno = 0;
        void (*old)(int) = signal(numbers[i], first);
        fact("signal: %s, %s", name_of(old), error_name(errno));
        fact("the old one: %s", name_of(before.sa_handler));
    }
    fact("of SIGKILL asked: %s, %s", outcome(sigaction(SIGKILL, NULL, &before)),
         name_of(before.sa_handler));
}

/* ---- handlers that set handlers ---- */

static void replace_itself(int number)
{
    first_calls++;
    signal(number, second);
}

static void raise_within(int number)
{
    first_calls++;
    if (number == SIGUSR1)
        raise(SIGUSR2);
}

static void within_handlers(void)
{
    first_calls = second_calls = 0;
    set(SIGUSR1, replace_itself, 0);
    raise(SIGUSR1);
    raise(SIGUSR1);
    fact("replaced: %d and %d, %s", (int)first_calls, (int)second_calls, present(SIGUSR1));
    first_calls = 0;
    set(SIGUSR1, raise_within, SA_NODEFER);
    set(SIGUSR2, raise_within, SA_RESTART);
    raise(SIGUSR1);
    fact("one within the other: %d", (int)first_calls);
    set(SIGUSR1, SIG_DFL, 0);
    set(SIGUSR2, SIG_DFL, 0);
}

/* ---- children ---- */

static int set_others(void *none)
{
    signal(SIGUSR1, second);
    set_with_info(SIGUSR2, 0);
    (void)none;
    return 0;
}

static void by_vfork(void)
{
    pid_t child = vfork();
    if (child == 0) {
        signal(SIGUSR1, second);
        raise(SIGUSR1);
        signal(SIGUSR1, SIG_DFL);
        _exit(0);
    }
    must(waitpid(child, NULL, 0), "waitpid");
}

static void by_clone(int flags)
{
    static char stack[64 << 10];
    must(waitpid(must(clone(set_others, stack + sizeof stack, flags | SIGCHLD, NULL), "clone"),
                 NULL, 0),
         "waitpid");
}

static void children(void)
{
    signal(SIGUSR1, first);
    signal(SIGUSR2, first);
    by_vfork();
    tell("after vfork");
    signal(SIGUSR1, first);
    by_clone(CLONE_VM);
    tell("after clone");
    signal(SIGUSR1, first);
    by_clone(CLONE_VM | CLONE_VFORK);
    tell("after clone as vfork");
    signal(SIGUSR1, first);
    by_clone(0);
    tell("after fork");
    fact("the other: %s", present(SIGUSR2));
    signal(SIGUSR2, SIG_DFL);
}

/* ---- two threads ---- */

enum { SWAPS = 4000 };
static volatile bool swapping;

static void *swap(void *none)
{
    while (swapping) {
        set_with_info(SIGUSR1, SA_RESTART);
        set(SIGUSR1, first, 0);
        set(SIGUSR1, second, SA_RESTART);
    }
    return none;
}

/* Whichever it is, it gets what it asks for. */
static void changed_by_another_thread(void)
{
    pthread_t thread;
    first_calls = second_calls = info_calls = wrong = 0;
    signal(SIGUSR1, first);
    swapping = true;
    must(-pthread_create(&thread, NULL, swap, NULL), "pthread_create");
    for (int i = 0; i < SWAPS; i++)
        raise(SIGUSR1);
    swapping = false;
    pthread_join(thread, NULL);
    fact("called %d, wrong %d", first_calls + second_calls + info_calls, (int)wrong);
    signal(SIGUSR1, SIG_DFL);
}

static void scene(void)
{
    saved_and_set_again();
    system_v();
    constants_with_flags();
    chains();
    flags_added_by_system_call();
    raw_answer_set_by_function();
    functions_of_libc();
    once();
    three_arguments();
    all_numbers();
    errors();
    within_handlers();
    children();
    changed_by_another_thread();
}

int main(void)
{
    play(scene);
}
