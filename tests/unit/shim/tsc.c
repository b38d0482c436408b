/*
 * Times from the processor's counter: those of the kernel's clock, and never running back. Where
 * there is no such counter, or by GREQ_CLOCK=kernel, the kernel's clock has to pass the same.
 */
#include "sys/clock.h"

#include "suite.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum { LARGEST_ERROR_NS = 1000, LOOK_FOR_MS = 150 };

static uint64_t kernel_now(void)
{
    return clock_kernel_read(CLOCK_MONOTONIC);
}

/* What was wrong by most, in ns; handlers look too, so nothing is asserted meanwhile. */
static struct {
    uint64_t late, early, back;
} worst;

static void note(uint64_t *most, uint64_t less, uint64_t more)
{
    if (less < more && more - less > *most)
        *most = more - less;
}

/* It has to be between two times of the kernel's, but for a microsecond. */
static uint64_t check_once(uint64_t last)
{
    uint64_t before = kernel_now(), now = clock_kernel_now(), after = kernel_now();
    note(&worst.late, now, before);
    note(&worst.early, after, now);
    note(&worst.back, now, last);
    return now;
}

static void expect_right_times(void)
{
    ck_assert_uint_le(worst.late, LARGEST_ERROR_NS);
    ck_assert_uint_le(worst.early, LARGEST_ERROR_NS);
    ck_assert_uint_eq(worst.back, 0);
}

static void check_for(uint64_t ms, void (*disturb)(unsigned turn))
{
    uint64_t last = clock_kernel_now(), end = kernel_now() + ms * NS_PER_MS;
    for (unsigned turn = 0; kernel_now() < end; turn++) {
        if (disturb && turn % 512 == 0)
            disturb(turn / 512);
        last = check_once(last);
    }
    expect_right_times();
}

/* Until the thread trusts the counter. False where it never does. */
static bool is_learnt(void)
{
    uint64_t end = kernel_now() + 2 * NS_PER_SECOND;
    while (!thread_tsc.trusted && thread_tsc.count && kernel_now() < end)
        clock_kernel_now();
    return thread_tsc.trusted;
}

START_TEST(is_within_a_microsecond_of_the_kernels_clock)
{
    tsc_use();
    check_for(LOOK_FOR_MS, NULL);
}
END_TEST

static cpu_set_t all_processors;

static void change_processor(unsigned turn)
{
    int number = (int)(turn % CPU_SETSIZE);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(number % 8, &one);
    sched_setaffinity(0, sizeof one, &one); /* which need not be there */
}

START_TEST(is_so_on_each_processor)
{
    tsc_use();
    ck_assert_int_eq(sched_getaffinity(0, sizeof all_processors, &all_processors), 0);
    check_for(LOOK_FOR_MS, change_processor);
    ck_assert_int_eq(sched_setaffinity(0, sizeof all_processors, &all_processors), 0);
}
END_TEST

static volatile uint64_t handlers_last;

static void look_in_handler(int number)
{
    (void)number;
    handlers_last = check_once(handlers_last);
}

START_TEST(is_so_in_handlers_and_where_they_came_in_between)
{
    struct sigaction look = {.sa_handler = look_in_handler};
    const struct itimerval often = {{0, 50}, {0, 50}}, never = {0};
    tsc_use();
    ck_assert_int_eq(sigaction(SIGALRM, &look, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
    check_for(LOOK_FOR_MS, NULL);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
    ck_assert_uint_gt(handlers_last, 0);
}
END_TEST

static void forget(unsigned turn)
{
    if (turn % 16 == 0)
        thread_tsc.trusted = 0;
}

START_TEST(is_so_where_it_is_learnt_anew)
{
    tsc_use();
    check_for(LOOK_FOR_MS, forget);
}
END_TEST

START_TEST(is_so_in_a_child)
{
    int status;
    tsc_use();
    is_learnt();
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        tsc_use();
        check_for(20, NULL);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

/* As if the machine had been moved to one whose counter stands elsewhere, or runs otherwise. */
START_TEST(counter_that_differs_is_found_within_a_millisecond_and_left_alone)
{
    static const int64_t moves[] = {2000, 5000, 100000};
    tsc_use();
    if (!is_learnt())
        return;
    thread_tsc.ns += (uint64_t)moves[_i];
    uint64_t last = clock_kernel_now(), end = kernel_now() + 20 * NS_PER_MS;
    while (thread_tsc.trusted && kernel_now() < end)
        last = clock_kernel_now();
    uint64_t now = clock_kernel_now();
    ck_assert_uint_eq(thread_tsc.trusted, 0);
    ck_assert_uint_eq(thread_tsc.rate, 0);
    ck_assert_uint_ge(now, last);
    while (kernel_now() <= last)
        ;
    check_for(10, NULL);
    ck_assert_uint_eq(thread_tsc.trusted, 0);
}
END_TEST

START_TEST(kernels_clock_that_stands_earlier_is_followed)
{
    tsc_use();
    is_learnt();
    thread_tsc.last += NS_PER_SECOND;
    thread_tsc.trusted = 0;
    check_for(5, NULL);
}
END_TEST

START_TEST(is_read_no_more_once_it_is_forgone)
{
    tsc_use();
    is_learnt();
    tsc_forgo();
    check_for(10, NULL);
    ck_assert_uint_eq(thread_tsc.trusted, 0);
    tsc_use();
    check_for(10, NULL);
    ck_assert_uint_eq(thread_tsc.trusted, 0);
}
END_TEST

/* In the middle of tsc_use: the file that it asks for is opened here. */
static void forgo_and_open(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    tsc_forgo();
#if TSC_IS_KNOWN
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    registers[REG_RAX] =
        syscall(SYS_open, registers[REG_RSI], registers[REG_RDX], registers[REG_R10]);
#endif
}

static void trap_openat(void)
{
    struct sigaction action = {.sa_sigaction = forgo_and_open, .sa_flags = SA_SIGINFO};
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof program / sizeof *program, program};
    ck_assert_int_eq(sigaction(SIGSYS, &action, NULL), 0);
    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

START_TEST(is_not_read_where_it_is_forgone_while_the_kernel_is_asked)
{
    trap_openat();
    tsc_use();
    check_for(10, NULL);
    ck_assert_uint_eq(thread_tsc.trusted, 0);
}
END_TEST

SUITE("tsc", ONCE(is_within_a_microsecond_of_the_kernels_clock), ONCE(is_so_on_each_processor),
      ONCE(is_so_in_handlers_and_where_they_came_in_between), ONCE(is_so_where_it_is_learnt_anew),
      ONCE(is_so_in_a_child),
      EACH(counter_that_differs_is_found_within_a_millisecond_and_left_alone, 3),
      ONCE(kernels_clock_that_stands_earlier_is_followed), ONCE(is_read_no_more_once_it_is_forgone),
      EACH(is_not_read_where_it_is_forgone_while_the_kernel_is_asked, TSC_IS_KNOWN))
