/*
 * Tasks that wait for descriptors: what wakes them, who closes them, and what happens behind our
 * back.
 */
#include "task/fd_wait.h"

#include "suite.h"
#include "sys/clock.h"
#include "sys/fork_guard.h"
#include "sys/own_fd.h"
#include "tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS    NS_PER_MS
#define LIMIT (10 * NS_PER_SECOND) /* for what must come, so that a failing test ends */

static int pair[2];

static void make_pair(int ends[2])
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
}

static void begin(void)
{
    tasks_begin();
    make_pair(pair);
}

static void close_pair(int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

static void end(void)
{
    tasks_end();
    close_pair(pair);
}

static void say(int fd)
{
    ck_assert_int_eq(send(fd, "x", 1, 0), 1);
}

/* Waits for one descriptor. */
static int await(int fd, short events, uint64_t limit)
{
    struct pollfd interest = {fd, events, 0};
    return fd_wait(tasks_self(), &interest, 1, clock_after(limit), INTERRUPT_NEVER);
}

/* As a hooked recv does it. Returns WAKE_RETRY, or why it ended without a byte. */
static int receive(int fd, uint64_t limit)
{
    char byte;
    int reason = WAKE_RETRY;
    while (reason == WAKE_RETRY && recv(fd, &byte, 1, 0) < 0) {
        if (errno != EAGAIN)
            return errno == EBADF ? WAKE_CLOSED : -errno;
        reason = await(fd, POLLIN, limit);
    }
    return reason;
}

static void *receive_in_task(void *fd)
{
    return (void *)(intptr_t)receive(*(int *)fd, LIMIT);
}

static int reason_of(struct task *task)
{
    return (int)(intptr_t)tasks_join(task);
}

/* ---- readiness ---- */

START_TEST(data_wakes)
{
    begin();
    struct task *task = tasks_spawn(receive_in_task, &pair[0]);
    tasks_settle();
    say(pair[1]);
    ck_assert_int_eq(reason_of(task), 0);
    end();
}
END_TEST

START_TEST(hang_up_wakes)
{
    begin();
    struct task *task = tasks_spawn(receive_in_task, &pair[0]);
    tasks_pause(1 * MS);
    shutdown(pair[1], SHUT_WR);
    ck_assert_int_eq(reason_of(task), 0);
    end();
}
END_TEST

/* poll(2): it is reported whatever was asked. */
START_TEST(hang_up_wakes_who_asked_for_nothing)
{
    begin();
    shutdown(pair[0], SHUT_RDWR);
    ck_assert_int_eq(await(pair[1], 0, 500 * MS), WAKE_RETRY);
    end();
}
END_TEST

START_TEST(time_is_not_up_before_the_deadline)
{
    begin();
    uint64_t from = clock_now();
    ck_assert_int_eq(await(pair[0], POLLIN, 5 * MS), WAKE_TIMED_OUT);
    ck_assert_uint_ge(clock_now() - from, 5 * MS);
    end();
}
END_TEST

/* The poller has reported it once already, and will report what it was armed with before. */
START_TEST(descriptor_can_be_waited_for_again_and_again)
{
    begin();
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(await(pair[0], POLLIN, i % 3 ? 0 : 100000), WAKE_TIMED_OUT);
        say(pair[1]);
        ck_assert_int_eq(receive(pair[0], LIMIT), 0);
        ck_assert_int_eq(await(pair[0], POLLOUT, LIMIT), WAKE_RETRY);
    }
    end();
}
END_TEST

START_TEST(two_readers_of_one_descriptor_are_both_served)
{
    begin();
    struct task *a = tasks_spawn(receive_in_task, &pair[0]);
    struct task *b = tasks_spawn(receive_in_task, &pair[0]);
    tasks_pause(1 * MS);
    say(pair[1]);
    tasks_pause(20 * MS);
    ck_assert_int_eq((a->state == TASK_FINISHED) + (b->state == TASK_FINISHED), 1);
    say(pair[1]);
    ck_assert_int_eq(reason_of(a), 0);
    ck_assert_int_eq(reason_of(b), 0);
    end();
}
END_TEST

static void *await_room(void *fd)
{
    return (void *)(intptr_t)await(*(int *)fd, POLLOUT, LIMIT);
}

static void fill(int fd)
{
    static char bytes[4096];
    while (send(fd, bytes, sizeof bytes, 0) > 0)
        ;
}

static void drain(int fd)
{
    static char bytes[65536];
    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        ;
}

/* _i: who is first to wait. */
START_TEST(reader_and_writer_of_one_descriptor_wait_for_their_own)
{
    begin();
    fill(pair[0]);
    struct task *reader, *writer;
    if (_i)
        writer = tasks_spawn(await_room, &pair[0]);
    reader = tasks_spawn(receive_in_task, &pair[0]);
    if (!_i)
        writer = tasks_spawn(await_room, &pair[0]);
    tasks_pause(1 * MS);
    say(pair[1]);
    ck_assert_int_eq(reason_of(reader), 0);
    ck_assert_int_eq(writer->state, TASK_PARKED);
    drain(pair[1]);
    ck_assert_int_eq(reason_of(writer), WAKE_RETRY);
    end();
}
END_TEST

START_TEST(second_waiter_outlives_the_first)
{
    begin();
    struct task *task = tasks_spawn(receive_in_task, &pair[0]);
    tasks_settle();
    ck_assert_int_eq(await(pair[0], POLLIN, 1 * MS), WAKE_TIMED_OUT);
    ck_assert_int_eq(await(pair[0], POLLIN, 1 * MS), WAKE_TIMED_OUT);
    say(pair[1]);
    ck_assert_int_eq(reason_of(task), 0);
    end();
}
END_TEST

/* ---- several descriptors ---- */

enum { MANY = 10 };

static void begin_many(int ends[MANY][2], struct pollfd *set)
{
    begin();
    for (int i = 0; i < MANY; i++) {
        make_pair(ends[i]);
        set[i] = (struct pollfd){ends[i][0], POLLIN, 0};
    }
}

static void end_many(int ends[MANY][2])
{
    for (int i = 0; i < MANY; i++)
        close_pair(ends[i]);
    end();
}

/* _i: which of them. More than four do not fit beside the task. */
START_TEST(any_of_many_wakes)
{
    int ends[MANY][2];
    struct pollfd set[MANY];
    begin_many(ends, set);
    say(ends[_i][1]);
    ck_assert_int_eq(fd_wait(tasks_self(), set, MANY, clock_after(LIMIT), INTERRUPT_NEVER),
                     WAKE_RETRY);
    ck_assert_int_eq(receive(ends[_i][0], LIMIT), 0);
    ck_assert_int_eq(fd_wait(tasks_self(), set, MANY, clock_after(1 * MS), INTERRUPT_NEVER),
                     WAKE_TIMED_OUT);
    end_many(ends);
}
END_TEST

START_TEST(one_that_is_listed_twice_wakes_once)
{
    begin();
    struct pollfd set[] = {{pair[0], POLLIN, 0}, {pair[0], POLLOUT, 0}, {pair[0], POLLIN, 0}};
    fill(pair[0]);
    ck_assert_int_eq(fd_wait(tasks_self(), set, 3, clock_after(1 * MS), INTERRUPT_NEVER),
                     WAKE_TIMED_OUT);
    say(pair[1]);
    ck_assert_int_eq(fd_wait(tasks_self(), set, 3, clock_after(LIMIT), INTERRUPT_NEVER),
                     WAKE_RETRY);
    end();
}
END_TEST

/* poll(2) ignores negative numbers: programs use it as a sleep. */
START_TEST(nothing_to_wait_for_is_a_sleep)
{
    begin();
    struct pollfd none = {-1, POLLIN, 0};
    uint64_t from = clock_now();
    ck_assert_int_eq(await(-1, POLLIN, 2 * MS), WAKE_TIMED_OUT);
    ck_assert_int_eq(fd_wait(tasks_self(), &none, 0, clock_after(2 * MS), INTERRUPT_NEVER),
                     WAKE_TIMED_OUT);
    ck_assert_uint_ge(clock_now() - from, 4 * MS);
    end();
}
END_TEST

START_TEST(number_beyond_the_table_is_left_to_the_real_call)
{
    begin();
    struct pollfd set[] = {{pair[0], POLLIN, 0}, {FD_WAIT_MAX, POLLIN, 0}};
    ck_assert_int_eq(fd_wait(tasks_self(), set, 2, CLOCK_NEVER, INTERRUPT_NEVER), WAKE_NO_HOST);
    ck_assert_int_eq(await(FD_WAIT_MAX - 1, POLLIN, LIMIT),
                     WAKE_RETRY); /* closed, but in the table */
    end();
}
END_TEST

START_TEST(file_is_always_ready)
{
    begin();
    int file = open("/", O_RDONLY | O_DIRECTORY);
    ck_assert_int_eq(await(file, POLLIN, LIMIT), WAKE_RETRY);
    ck_assert_int_eq(await(file, POLLIN | POLLOUT, LIMIT), WAKE_RETRY);
    close(file);
    end();
}
END_TEST

/* ---- closed descriptors ---- */

/* Numbers of which none is anybody else's. */
enum { RANGE = 500 };

static void close_as_the_hook_does(int fd)
{
    fd_wait_closing((unsigned)fd, (unsigned)fd);
    syscall(SYS_close, fd); /* TSan would call it a race with those who wait */
    fd_wait_closed((unsigned)fd, (unsigned)fd);
}

START_TEST(closing_wakes_with_ebadf)
{
    begin();
    struct task *a = tasks_spawn(receive_in_task, &pair[0]);
    struct task *b = tasks_spawn(await_room, &pair[0]);
    fill(pair[0]);
    tasks_pause(1 * MS);
    close_as_the_hook_does(pair[0]);
    ck_assert_int_eq(reason_of(a), WAKE_CLOSED);
    ck_assert_int_eq(reason_of(b), WAKE_CLOSED);
    end();
}
END_TEST

START_TEST(closing_wakes_before_it_was_ever_armed)
{
    begin();
    struct task *task = tasks_spawn(receive_in_task, &pair[0]);
    task_yield(this_thread.scheduler);
    close_as_the_hook_does(pair[0]);
    ck_assert_int_eq(reason_of(task), WAKE_CLOSED);
    end();
}
END_TEST

START_TEST(closing_a_range_wakes_all_in_it)
{
    int numbers[MANY];
    struct task *tasks[MANY];
    begin();
    for (int i = 0; i < MANY; i++) {
        numbers[i] = dup2(pair[0], RANGE + i);
        tasks[i] = tasks_spawn(receive_in_task, &numbers[i]);
    }
    struct task *outside = tasks_spawn(receive_in_task, &pair[0]);
    tasks_pause(1 * MS);
    fd_wait_closing(RANGE, RANGE + MANY);
    ck_assert_int_eq(close_range(RANGE, RANGE + MANY, 0), 0);
    fd_wait_closed(RANGE, RANGE + MANY);
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(reason_of(tasks[i]), WAKE_CLOSED);
    ck_assert_int_eq(outside->state, TASK_PARKED);
    say(pair[1]);
    ck_assert_int_eq(reason_of(outside), 0);
    end();
}
END_TEST

static void *close_later(void *fd)
{
    usleep(20000);
    close_as_the_hook_does(*(int *)fd);
    return NULL;
}

START_TEST(another_threads_close_wakes_with_ebadf)
{
    pthread_t thread;
    begin();
    ck_assert_int_eq(pthread_create(&thread, NULL, close_later, &pair[0]), 0);
    ck_assert_int_eq(receive(pair[0], LIMIT), WAKE_CLOSED);
    pthread_join(thread, NULL);
    end();
}
END_TEST

enum { CLOSED = 3 * FD_WAIT_MAILBOX };

static void *close_many(void *pairs)
{
    int(*ends)[2] = pairs;
    for (int i = 0; i < CLOSED; i++)
        close_as_the_hook_does(ends[i][0]);
    return NULL;
}

/* The thread that waits does not look into its mailbox meanwhile. */
START_TEST(more_closes_than_fit_are_not_lost)
{
    static int ends[CLOSED][2];
    struct task *tasks[CLOSED];
    pthread_t thread;
    begin();
    for (int i = 0; i < CLOSED; i++) {
        make_pair(ends[i]);
        tasks[i] = tasks_spawn(receive_in_task, &ends[i][0]);
    }
    tasks_pause(1 * MS);
    ck_assert_int_eq(pthread_create(&thread, NULL, close_many, ends), 0);
    pthread_join(thread, NULL);
    for (int i = 0; i < CLOSED; i++) {
        ck_assert_int_eq(reason_of(tasks[i]), WAKE_CLOSED);
        close(ends[i][1]);
    }
    end();
}
END_TEST

static void *receive_until_told(void *fd)
{
    tasks_begin();
    intptr_t reason = receive(*(int *)fd, LIMIT);
    tasks_end();
    return (void *)reason;
}

START_TEST(waiters_of_all_threads_are_woken)
{
    enum { THREADS = 3 };
    pthread_t threads[THREADS];
    void *reason;
    begin();
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, receive_until_told, &pair[0]), 0);
    struct task *task = tasks_spawn(receive_in_task, &pair[0]);
    tasks_pause(50 * MS);
    close_as_the_hook_does(pair[0]);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &reason);
        ck_assert_int_eq((intptr_t)reason, WAKE_CLOSED);
    }
    ck_assert_int_eq(reason_of(task), WAKE_CLOSED);
    end();
}
END_TEST

START_TEST(numbers_that_nobody_waits_for_are_nothing)
{
    fd_wait_closing(0, ~0u); /* before there was any scheduler */
    fd_wait_closed(0, ~0u);
    begin();
    fd_wait_closing(0, ~0u);
    fd_wait_closed(0, ~0u);
    fd_wait_closed(7, 3);
    fd_wait_closed((unsigned)-1, (unsigned)-1);
    ck_assert_int_eq(await(pair[0], POLLIN, 1 * MS), WAKE_TIMED_OUT);
    end();
}
END_TEST

static void *close_it(void *fd)
{
    close_as_the_hook_does(*(int *)fd);
    return NULL;
}

/* Another thread's close is learnt of late. By then the number may be another file's, and who waits
 * for that has nothing to do with it. */
START_TEST(close_of_an_earlier_file_is_not_the_next_ones)
{
    pthread_t thread;
    int other[2];
    begin();
    struct task *task = tasks_spawn(receive_in_task, &pair[0]);
    tasks_pause(1 * MS);
    ck_assert_int_eq(pthread_create(&thread, NULL, close_it, &pair[0]), 0);
    pthread_join(thread, NULL);
    make_pair(other);
    ck_assert_int_eq(other[0], pair[0]);
    ck_assert_int_eq(await(other[0], POLLIN, 20 * MS), WAKE_TIMED_OUT);
    ck_assert_int_eq(reason_of(task), WAKE_CLOSED);
    close(other[1]);
    end();
}
END_TEST

/* The same with the two halves of a close on both sides of the wait. */
START_TEST(who_begins_to_wait_while_a_close_goes_on_is_not_meant)
{
    unsigned fd;
    begin();
    fd = (unsigned)pair[0];
    struct task *before = tasks_spawn(receive_in_task, &pair[0]);
    tasks_pause(1 * MS);
    fd_wait_closing(fd, fd);
    struct task *after = tasks_spawn(receive_in_task, &pair[0]);
    tasks_pause(1 * MS);
    fd_wait_closed(fd, fd);
    ck_assert_int_eq(reason_of(before), WAKE_CLOSED);
    ck_assert_int_eq(after->state, TASK_PARKED);
    say(pair[1]);
    ck_assert_int_eq(reason_of(after), 0);
    end();
}
END_TEST

static void do_nothing(void) {}

/* Its descriptors are copies, though its memory is ours. */
START_TEST(close_in_a_vfork_child_is_the_childs)
{
    int status;
    fork_guard_set(do_nothing);
    begin();
    struct task *task = tasks_spawn(receive_in_task, &pair[0]);
    tasks_pause(1 * MS);
    pid_t child = vfork();
    if (child == 0) {
        close_as_the_hook_does(pair[0]);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    tasks_pause(20 * MS);
    ck_assert_int_eq(task->state, TASK_PARKED);
    say(pair[1]);
    ck_assert_int_eq(reason_of(task), 0);
    end();
}
END_TEST

/* ---- behind our back ---- */

/* A new pair one end of which has the number that another file had. */
static void replace(int fd, int other[2])
{
    make_pair(other);
    ck_assert_int_eq(syscall(SYS_dup3, other[0], fd, 0), fd);
    close(other[0]);
}

START_TEST(number_of_another_file_is_waited_for_anew)
{
    int other[2];
    begin();
    ck_assert_int_eq(await(pair[0], POLLIN, 1 * MS), WAKE_TIMED_OUT);
    replace(pair[0], other);
    struct task *task = tasks_spawn(receive_in_task, &pair[0]);
    tasks_pause(1 * MS);
    say(other[1]);
    ck_assert_int_eq(reason_of(task), 0);
    close(other[1]);
    end();
}
END_TEST

/* One waits for a file that is gone: the other, for the new one, must not be believed to be armed.
 */
START_TEST(waiter_for_the_file_before_is_in_nobodys_way)
{
    int other[2];
    begin();
    struct task *stale = tasks_spawn(receive_in_task, &pair[0]);
    tasks_pause(1 * MS);
    replace(pair[0], other);
    say(other[1]);
    ck_assert_int_eq(await(pair[0], POLLIN, 500 * MS), WAKE_RETRY);
    task_wake(stale, WAKE_RETRY);
    ck_assert_int_eq(reason_of(stale), 0);
    close(other[1]);
    end();
}
END_TEST

static void steal_by_close(int fd)
{
    syscall(SYS_close, fd);
}

static void steal_by_another_file(int fd)
{
    int file = open("/dev/null", O_RDWR);
    ck_assert_int_eq(syscall(SYS_dup3, file, fd, 0), fd);
    close(file);
}

static void (*const thefts[])(int) = {steal_by_close, steal_by_another_file};

/* Numbers that have been anybody's are the program's from then on. */
static void close_if_given_up(int fd)
{
    if (!own_fd_is(fd))
        close(fd);
}

static void *steal_later(void *theft)
{
    tasks_pause(20 * MS);
    (*(void (**)(int))theft)(this_thread.scheduler->poller.fd);
    tasks_pause(5 * MS); /* here it is noticed */
    return NULL;
}

START_TEST(stolen_epoll_descriptor_is_replaced_while_tasks_wait)
{
    int ends[MANY][2];
    struct pollfd set[MANY];
    begin_many(ends, set);
    struct poller before = this_thread.scheduler->poller;
    struct task *alone = tasks_spawn(receive_in_task, &pair[0]);
    tasks_join(tasks_spawn(steal_later, (void *)&thefts[_i]));
    say(pair[1]);
    ck_assert_int_eq(reason_of(alone), 0);
    say(ends[7][1]);
    ck_assert_int_eq(fd_wait(tasks_self(), set, MANY, clock_after(LIMIT), INTERRUPT_NEVER),
                     WAKE_RETRY);
    close_if_given_up(before.fd);
    close_if_given_up(before.call_fd);
    end_many(ends);
}
END_TEST

SUITE("fd_wait", ONCE(data_wakes), ONCE(hang_up_wakes), ONCE(hang_up_wakes_who_asked_for_nothing),
      ONCE(time_is_not_up_before_the_deadline), ONCE(descriptor_can_be_waited_for_again_and_again),
      ONCE(two_readers_of_one_descriptor_are_both_served),
      EACH(reader_and_writer_of_one_descriptor_wait_for_their_own, 2),
      ONCE(second_waiter_outlives_the_first), EACH(any_of_many_wakes, MANY),
      ONCE(one_that_is_listed_twice_wakes_once), ONCE(nothing_to_wait_for_is_a_sleep),
      ONCE(number_beyond_the_table_is_left_to_the_real_call), ONCE(file_is_always_ready),
      ONCE(closing_wakes_with_ebadf), ONCE(closing_wakes_before_it_was_ever_armed),
      ONCE(closing_a_range_wakes_all_in_it), ONCE(another_threads_close_wakes_with_ebadf),
      ONCE(more_closes_than_fit_are_not_lost), ONCE(waiters_of_all_threads_are_woken),
      ONCE(numbers_that_nobody_waits_for_are_nothing),
      ONCE(close_of_an_earlier_file_is_not_the_next_ones),
      ONCE(who_begins_to_wait_while_a_close_goes_on_is_not_meant),
      ONCE(close_in_a_vfork_child_is_the_childs), ONCE(number_of_another_file_is_waited_for_anew),
      ONCE(waiter_for_the_file_before_is_in_nobodys_way),
      EACH(stolen_epoll_descriptor_is_replaced_while_tasks_wait, sizeof thefts / sizeof *thefts))
