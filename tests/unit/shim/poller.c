/*
 * Where a thread sleeps: readiness once per arming, calls of others, and time.
 */
#include "task/poller.h"

#include "child.h"
#include "suite.h"
#include "sys/clock.h"
#include "sys/own_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static struct poller poller;
static int pair[2];

static void begin(void)
{
    ck_assert_int_eq(poller_open(&poller), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
}

static void end(void)
{
    poller_discard(&poller);
    close(pair[0]);
    close(pair[1]);
}

static void say(void)
{
    ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
}

/* What is ready at once, or within a moment. */
static int poll_shortly(void)
{
    return poller_wait(&poller, 20 * NS_PER_MS);
}

/* ---- readiness ---- */

START_TEST(what_was_armed_is_reported_once)
{
    begin();
    ck_assert_int_eq(poller_arm(&poller, pair[0], POLLIN), 0);
    say();
    ck_assert_int_eq(poller_wait(&poller, CLOCK_NEVER), 1);
    ck_assert_int_eq(poller.events[0].data.fd, pair[0]);
    ck_assert_uint_eq(poller.events[0].events, POLLIN);
    ck_assert_int_eq(poll_shortly(), 0);
    ck_assert_int_eq(poller_arm(&poller, pair[0], POLLIN), 0);
    ck_assert_int_eq(poll_shortly(), 1);
    end();
}
END_TEST

START_TEST(arming_again_replaces_what_was_asked)
{
    begin();
    poller_arm(&poller, pair[0], POLLIN);
    poller_arm(&poller, pair[0], POLLOUT);
    ck_assert_int_eq(poll_shortly(), 1);
    ck_assert_uint_eq(poller.events[0].events, POLLOUT);
    end();
}
END_TEST

START_TEST(hang_up_is_reported_unasked)
{
    begin();
    poller_arm(&poller, pair[0], 0);
    close(pair[1]);
    ck_assert_int_eq(poll_shortly(), 1);
    ck_assert(poller.events[0].events & POLLHUP);
    end();
}
END_TEST

START_TEST(many_are_reported_at_once)
{
    enum { PAIRS = 100 };
    int ends[PAIRS][2];
    begin();
    for (int i = 0; i < PAIRS; i++) {
        ck_assert_int_eq(pipe(ends[i]), 0);
        ck_assert_int_eq(poller_arm(&poller, ends[i][1], POLLOUT), 0);
    }
    ck_assert_int_eq(poll_shortly(), PAIRS);
    for (int i = 0; i < PAIRS; i++) {
        close(ends[i][0]);
        close(ends[i][1]);
    }
    end();
}
END_TEST

START_TEST(what_cannot_be_armed_says_why)
{
    begin();
    int file = open("/", O_RDONLY | O_DIRECTORY), none = dup(file);
    close(none);
    ck_assert_int_eq(poller_arm(&poller, file, POLLIN), EPERM);
    ck_assert_int_eq(poller_arm(&poller, none, POLLIN), EBADF);
    close(file);
    end();
}
END_TEST

/* The number was closed and given to another file, and nobody told. */
START_TEST(number_of_another_file_can_be_armed)
{
    int other[2];
    begin();
    poller_arm(&poller, pair[0], POLLIN);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, other), 0);
    ck_assert_int_eq(dup2(other[0], pair[0]), pair[0]);
    ck_assert_int_eq(poller_arm(&poller, pair[0], POLLIN), 0);
    ck_assert_int_eq(send(other[1], "x", 1, 0), 1);
    ck_assert_int_eq(poll_shortly(), 1);
    close(other[0]);
    close(other[1]);
    end();
}
END_TEST

/* ---- time ---- */

static const uint64_t timeouts[] = {0, 1, 50000, 300000, 999999, 1500000, 20 * NS_PER_MS};

START_TEST(sleep_is_not_shorter_than_asked)
{
    begin();
    for (int i = 0; i < 20; i++) {
        uint64_t from = clock_now();
        ck_assert_int_eq(poller_wait(&poller, timeouts[_i]), 0);
        ck_assert_uint_ge(clock_now() - from, timeouts[_i]);
    }
    end();
}
END_TEST

static uint64_t shortest_sleep(void (*sleep)(uint64_t ns))
{
    uint64_t shortest = UINT64_MAX;
    for (int i = 0; i < 50; i++) {
        uint64_t from = clock_now();
        sleep(250000);
        uint64_t took = clock_now() - from;
        if (took < shortest)
            shortest = took;
    }
    return shortest;
}

static void by_poller(uint64_t ns)
{
    poller_wait(&poller, ns);
}

static void by_kernel(uint64_t ns)
{
    struct timespec moment = {0, (long)ns};
    syscall(SYS_epoll_pwait2, poller.fd, poller.events, 1, &moment, NULL, 0);
}

/* Whole milliseconds would be 750 us more. Kernels before 5.11 can do no better. */
START_TEST(sleep_is_as_precise_as_the_kernels)
{
    struct timespec moment = {0, 250000};
    begin();
    bool precise = syscall(SYS_epoll_pwait2, poller.fd, poller.events, 1, &moment, NULL, 0) == 0;
    if (precise)
        ck_assert_uint_lt(shortest_sleep(by_poller), shortest_sleep(by_kernel) + 500000);
    end();
}
END_TEST

/* ---- calls ---- */

START_TEST(call_ends_the_next_sleep_and_only_that)
{
    begin();
    poller_call(&poller);
    poller_call(&poller);
    ck_assert_int_eq(poller_wait(&poller, CLOCK_NEVER), 0);
    uint64_t from = clock_now();
    ck_assert_int_eq(poll_shortly(), 0);
    ck_assert_uint_ge(clock_now() - from, 20 * NS_PER_MS);
    end();
}
END_TEST

START_TEST(call_hides_nothing_else)
{
    begin();
    poller_arm(&poller, pair[0], POLLIN);
    say();
    poller_call(&poller);
    ck_assert_int_eq(poll_shortly(), 1);
    ck_assert_int_eq(poller.events[0].data.fd, pair[0]);
    end();
}
END_TEST

static void *call_later(void *unused)
{
    usleep(20000);
    poller_call(&poller);
    return unused;
}

START_TEST(call_of_another_thread_ends_a_sleep)
{
    pthread_t thread;
    begin();
    ck_assert_int_eq(pthread_create(&thread, NULL, call_later, NULL), 0);
    ck_assert_int_eq(poller_wait(&poller, CLOCK_NEVER), 0);
    pthread_join(thread, NULL);
    end();
}
END_TEST

static void call_from_handler(int number)
{
    (void)number;
    poller_call(&poller);
}

static void do_nothing(int number)
{
    (void)number;
}

static void expect_signal(void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    struct itimerval soon = {.it_value = {0, 20000}};
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &soon, NULL), 0);
}

START_TEST(signal_ends_a_sleep_without_an_error)
{
    begin();
    expect_signal(do_nothing, SA_RESTART);
    ck_assert_int_eq(poller_wait(&poller, CLOCK_NEVER), 0);
    end();
}
END_TEST

START_TEST(call_keeps_errno_for_the_handler_it_is_in)
{
    begin();
    expect_signal(call_from_handler, SA_RESTART);
    errno = ENOTTY;
    while (poller_wait(&poller, CLOCK_NEVER) != 0)
        ;
    poller_close(&poller);
    errno = ENOTTY;
    poller_call(&poller); /* nobody is there any more */
    ck_assert_int_eq(errno, ENOTTY);
    ck_assert_int_eq(poller_open(&poller), 0);
    end();
}
END_TEST

/* ---- theft ---- */

/* Whether it can still do everything. */
static void check_works(void)
{
    ck_assert_int_eq(poller_arm(&poller, pair[0], POLLIN), 0);
    say();
    ck_assert_int_eq(poll_shortly(), 1);
    poller_call(&poller);
    ck_assert_int_eq(poller_wait(&poller, CLOCK_NEVER), 0);
}

/* Numbers that have been anybody's are the program's from then on. */
static void close_if_given_up(int fd)
{
    if (!own_fd_is(fd))
        close(fd);
}

START_TEST(stolen_engine_is_opened_again)
{
    begin();
    struct poller before = poller;
    ck_assert_int_eq((int)syscall(SYS_close, before.fd), 0);
    ck_assert_int_eq(poll_shortly(), -1);
    check_works();
    ck_assert(poller.fd == before.fd || !own_fd_is(before.fd));
    close_if_given_up(before.fd);
    close_if_given_up(before.call_fd);
    end();
}
END_TEST

/* As dup2 does it: our number is given up, and then it is the program's. */
static int let_program_have(int fd)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
    own_fd_close(fd);
    ck_assert_int_eq(dup2(ends[1], fd), fd);
    close(ends[1]);
    return ends[0];
}

START_TEST(replaced_engine_is_opened_again_and_the_other_left_open)
{
    begin();
    struct poller before = poller;
    int reader = let_program_have(before.fd);
    ck_assert_int_eq(poll_shortly(), -1);
    check_works();
    ck_assert_int_eq(write(before.fd, "x", 1), 1);
    close(before.fd);
    close_if_given_up(before.call_fd);
    close(reader);
    end();
}
END_TEST

START_TEST(call_never_writes_to_the_programs_file)
{
    char byte;
    begin();
    struct poller before = poller;
    int reader = let_program_have(before.call_fd);
    poller_call(&poller);
    ck_assert_int_eq(read(reader, &byte, 1), -1);
    ck_assert_int_eq(poll_shortly(), -1);
    check_works();
    close_if_given_up(before.fd);
    close(before.call_fd);
    close(reader);
    end();
}
END_TEST

static void sleep_without_a_free_number(void *unused)
{
    int last;
    (void)unused;
    syscall(SYS_close, poller.fd);
    do
        last = dup(STDERR_FILENO);
    while (last >= 0);
    uint64_t from = clock_now();
    for (int i = 0; i < 5; i++)
        child_expect(poller_wait(&poller, CLOCK_NEVER) == -1, "it is not there");
    child_expect(clock_now() - from >= 40 * NS_PER_MS, "the caller's loop does not spin");
    for (int fd = STDERR_FILENO + 1; fd < 200; fd++)
        syscall(SYS_close, fd);
    child_expect(poller_wait(&poller, 0) == -1 && poller_wait(&poller, 0) == 0, "it is back");
}

START_TEST(without_a_free_number_it_waits_for_one)
{
    begin();
    child_succeeds(sleep_without_a_free_number, NULL);
    end();
}
END_TEST

/* ---- kernels and sandboxes without epoll_pwait2 ---- */

static void refuse_pwait2(int error)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_epoll_pwait2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
    child_expect(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                     prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0,
                 "a filter of system calls");
}

static void sleep_without_pwait2(void *error)
{
    refuse_pwait2(*(int *)error);
    uint64_t from = clock_now();
    child_expect(poller_wait(&poller, 1500000) == 0, "it sleeps");
    child_expect(clock_now() - from >= 1500000, "not too short");
    poller_call(&poller);
    child_expect(poller_wait(&poller, CLOCK_NEVER) == 0, "it can be called");
    child_expect(poller_wait(&poller, 0) == 0, "it looks without sleeping");
}

/* ENOSYS is what old kernels say, EPERM what sandboxes say of calls that they do not know. */
static const int refusals[] = {ENOSYS, EPERM};

START_TEST(milliseconds_do_where_nanoseconds_are_refused)
{
    int error = refusals[_i];
    begin();
    child_succeeds(sleep_without_pwait2, &error);
    end();
}
END_TEST

SUITE("poller", ONCE(what_was_armed_is_reported_once), ONCE(arming_again_replaces_what_was_asked),
      ONCE(hang_up_is_reported_unasked), ONCE(many_are_reported_at_once),
      ONCE(what_cannot_be_armed_says_why), ONCE(number_of_another_file_can_be_armed),
      EACH(sleep_is_not_shorter_than_asked, sizeof timeouts / sizeof *timeouts),
      ONCE(sleep_is_as_precise_as_the_kernels), ONCE(call_ends_the_next_sleep_and_only_that),
      ONCE(call_hides_nothing_else), ONCE(call_of_another_thread_ends_a_sleep),
      ONCE(signal_ends_a_sleep_without_an_error), ONCE(call_keeps_errno_for_the_handler_it_is_in),
      ONCE(stolen_engine_is_opened_again),
      ONCE(replaced_engine_is_opened_again_and_the_other_left_open),
      ONCE(call_never_writes_to_the_programs_file), ONCE(without_a_free_number_it_waits_for_one),
      EACH(milliseconds_do_where_nanoseconds_are_refused, sizeof refusals / sizeof *refusals))
