/*
 * Registrations that stay between waits: what is trusted, how a stale one is found, and that none
 * keeps the thread awake.
 */
#include "task/fd_standing.h"

#include "suite.h"
#include "sys/clock.h"
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MS    NS_PER_MS
#define LIMIT (10 * NS_PER_SECOND)

/* Much longer than FD_TRUST, much shorter than LIMIT. */
#define SOON (2 * NS_PER_SECOND)

/* What a thread that is kept awake uses up in IDLE. */
#define IDLE      (300 * MS)
#define MOST_BUSY (30 * MS)

static int pair[2];

static void make_pair(int ends[2])
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
}

static void say(int fd)
{
    ck_assert_int_eq(send(fd, "x", 1, 0), 1);
}

/* As a hooked recv does it. Returns 0, or the reason why it ended without a byte. */
static int receive(int fd)
{
    char byte;
    int reason = WAKE_RETRY;
    while (reason == WAKE_RETRY && recv(fd, &byte, 1, 0) < 0) {
        struct pollfd interest = {fd, POLLIN, 0};
        if (errno != EAGAIN)
            return errno;
        reason = fd_wait(tasks_self(), &interest, 1, clock_after(LIMIT), INTERRUPT_NEVER);
    }
    return reason;
}

static void *receive_in_task(void *fd)
{
    return (void *)(intptr_t)receive(*(int *)fd);
}

static void *say_later(void *fd)
{
    tasks_pause(2 * MS);
    say(*(int *)fd);
    return NULL;
}

/* One wait that lasts: the descriptor is registered from here on. */
static void begin(void)
{
    tasks_begin();
    make_pair(pair);
    struct task *task = tasks_spawn(say_later, &pair[1]);
    ck_assert_int_eq(receive(pair[0]), 0);
    tasks_join(task);
    ck_assert_uint_eq(this_thread.scheduler->fd_waits.slots[pair[0]].epoch,
                      this_thread.scheduler->fd_waits.epoch);
}

static void end(void)
{
    tasks_end();
    close(pair[0]);
    close(pair[1]);
}

/* As fclose does it, or a raw system call: no hook sees it. `ends[0]` comes to have the number. */
static void replace_unseen(int number, int ends[2])
{
    make_pair(ends);
    ck_assert_int_eq(syscall(SYS_dup3, ends[0], number, 0), number);
    close(ends[0]);
    ends[0] = number;
}

START_TEST(trusted_wait_gets_its_data)
{
    begin();
    for (int i = 0; i < 100; i++) {
        struct task *task = tasks_spawn(receive_in_task, &pair[0]);
        tasks_pause(0);
        say(pair[1]);
        ck_assert_ptr_null(tasks_join(task));
    }
    end();
}
END_TEST

START_TEST(number_that_names_another_file_is_found_in_time)
{
    int other[2];
    begin();
    replace_unseen(pair[0], other);
    uint64_t start = clock_now();
    struct task *task = tasks_spawn(say_later, &other[1]);
    ck_assert_int_eq(receive(pair[0]), 0);
    ck_assert_uint_lt(clock_now() - start, SOON);
    tasks_join(task);
    ck_assert(this_thread.scheduler->fd_waits.slots[pair[0]].recycled);
    close(other[1]);
    end();
}
END_TEST

static void *yield_always(void *over)
{
    while (!*(bool *)over)
        task_yield(this_thread.scheduler);
    return NULL;
}

/* The thread never sleeps, so no time limit of its sleep can help. */
START_TEST(it_is_found_beside_a_busy_task)
{
    int other[2];
    bool over = false;
    begin();
    struct task *busy = tasks_spawn(yield_always, &over);
    replace_unseen(pair[0], other);
    uint64_t start = clock_now();
    say(other[1]);
    struct pollfd interest = {pair[0], POLLIN, 0};
    ck_assert_int_eq(fd_wait(tasks_self(), &interest, 1, clock_after(LIMIT), INTERRUPT_NEVER),
                     WAKE_RETRY);
    ck_assert_uint_lt(clock_now() - start, SOON);
    over = true;
    tasks_join(busy);
    close(other[1]);
    end();
}
END_TEST

static unsigned verifications;

static int verify_counted(struct poller *poller, int fd, uint32_t events)
{
    verifications++;
    return poller_epoll.stand_again(poller, fd, events);
}

/* Keeps the thread for longer than FD_TRUST after it has made the descriptor ready. */
static void *say_and_keep_busy(void *fd)
{
    say(*(int *)fd);
    uint64_t end = clock_after(5 * FD_TRUST);
    while (clock_now() < end)
        ;
    return NULL;
}

START_TEST(who_has_just_been_woken_is_not_verified)
{
    static struct poller_engine counting;
    begin();
    counting = poller_epoll;
    counting.stand_again = verify_counted;
    this_thread.scheduler->poller.engine = &counting;
    struct task *task = tasks_spawn(say_and_keep_busy, &pair[1]);
    ck_assert_int_eq(receive(pair[0]), 0);
    ck_assert_uint_eq(verifications, 0);
    tasks_join(task);
    end();
}
END_TEST

static uint64_t busy_while_idle(void)
{
    uint64_t before = clock_read(CLOCK_THREAD_CPUTIME_ID);
    tasks_pause(IDLE);
    return clock_read(CLOCK_THREAD_CPUTIME_ID) - before;
}

START_TEST(data_that_nobody_waits_for_keep_nobody_awake)
{
    begin();
    say(pair[1]);
    ck_assert_uint_lt(busy_while_idle(), MOST_BUSY);
    ck_assert_int_eq(receive(pair[0]), 0);
    end();
}
END_TEST

/* The registration lives on with the file, under a number that is closed. */
START_TEST(file_without_its_number_keeps_nobody_awake)
{
    begin();
    int copy = dup(pair[0]);
    syscall(SYS_close, pair[0]);
    say(pair[1]);
    ck_assert_uint_lt(busy_while_idle(), MOST_BUSY);
    ck_assert_int_eq(receive(copy), 0);
    tasks_end();
    close(copy);
    close(pair[1]);
}
END_TEST

/* The same where it is seen: nothing stays behind. */
START_TEST(close_takes_the_registration_away)
{
    int number, copy;
    begin();
    uint32_t poller = this_thread.scheduler->fd_waits.epoch;
    copy = dup(number = pair[0]);
    fd_wait_closing((unsigned)number, (unsigned)number);
    close(number);
    fd_wait_closed((unsigned)number, (unsigned)number);
    say(pair[1]);
    ck_assert_uint_lt(busy_while_idle(), MOST_BUSY);
    ck_assert_uint_eq(this_thread.scheduler->fd_waits.slots[number].ghosts, 0);
    ck_assert_uint_eq(this_thread.scheduler->fd_waits.epoch, poller);
    close(copy);
    tasks_end();
    close(pair[1]);
}
END_TEST

START_TEST(wait_for_room_takes_its_place)
{
    begin();
    struct pollfd interest = {pair[0], POLLIN | POLLOUT, 0};
    ck_assert_int_eq(fd_wait(tasks_self(), &interest, 1, clock_after(LIMIT), INTERRUPT_NEVER),
                     WAKE_RETRY);
    ck_assert_uint_lt(busy_while_idle(), MOST_BUSY);
    struct task *task = tasks_spawn(say_later, &pair[1]);
    ck_assert_int_eq(receive(pair[0]), 0);
    tasks_join(task);
    end();
}
END_TEST

/* ---- who waits for an answer relies on the registration, and is counted nowhere ---- */

/* As the hooks find out and note it. */
static void ask(int fd)
{
    own_socket_made(fd, own_socket_before());
    fd_note_waits_for_ever(&this_thread, fd, own_socket_stamp(fd));
    fd_note_asked(&this_thread, fd, true);
    ck_assert(fd_is_asked(&this_thread, fd));
}

static void *await_answer(void *fd)
{
    return (void *)(intptr_t)fd_wait_for_answer(&this_thread, *(int *)fd);
}

START_TEST(answer_ends_its_wait)
{
    begin();
    for (int i = 0; i < 3; i++) {
        ask(pair[0]);
        struct task *task = tasks_spawn(await_answer, &pair[0]);
        tasks_pause(2 * MS);
        ck_assert(!fd_is_asked(&this_thread, pair[0]));
        ck_assert_uint_eq(fd_shared[pair[0]].waiting, 0);
        say(pair[1]);
        ck_assert_int_eq((int)(intptr_t)tasks_join(task), WAKE_RETRY);
        ck_assert_int_eq(receive(pair[0]), 0);
    }
    end();
}
END_TEST

START_TEST(answer_under_a_number_that_was_recycled_is_found)
{
    int other[2];
    begin();
    ask(pair[0]);
    replace_unseen(pair[0], other);
    say(other[1]);
    struct task *task = tasks_spawn(await_answer, &pair[0]);
    ck_assert_int_eq((int)(intptr_t)tasks_join(task), WAKE_RETRY);
    ck_assert(!fd_is_asked(&this_thread, pair[0]));
    close(other[1]);
    end();
}
END_TEST

static void *await_room(void *fd)
{
    struct pollfd interest = {*(int *)fd, POLLOUT, 0};
    return (void *)(intptr_t)fd_wait(tasks_self(), &interest, 1, CLOCK_NEVER, INTERRUPT_NEVER);
}

static void fill(int fd)
{
    static char bytes[4096];
    while (send(fd, bytes, sizeof bytes, 0) > 0)
        ;
}

static void *close_in_thread(void *fd)
{
    unsigned number = *(unsigned *)fd;
    fd_wait_closing(number, number);
    syscall(SYS_close, number); /* TSan would call it a race with those who wait */
    fd_wait_closed(number, number);
    return NULL;
}

/* _i: what has become of the registration meanwhile: it stands, a writer has one for itself, or the
 * poller is a new one. */
START_TEST(close_by_another_thread_ends_its_wait)
{
    struct task *writer = NULL;
    pthread_t thread;
    begin();
    ask(pair[0]);
    struct task *task = tasks_spawn(await_answer, &pair[0]);
    tasks_pause(2 * MS);
    fill(pair[0]);
    if (_i == 1)
        writer = tasks_spawn(await_room, &pair[0]);
    if (_i == 2)
        fd_waits_rearm(this_thread.scheduler);
    if (_i != 2)
        tasks_pause(2 * MS);
    ck_assert_int_eq(pthread_create(&thread, NULL, close_in_thread, &pair[0]), 0);
    pthread_join(thread, NULL);
    ck_assert_int_eq((int)(intptr_t)tasks_join(task), WAKE_CLOSED);
    if (writer)
        ck_assert_int_eq((int)(intptr_t)tasks_join(writer), WAKE_CLOSED);
    tasks_end();
    close(pair[1]);
}
END_TEST

/* A handler that no hook knows interrupts a wait before the task is parked. */
START_TEST(who_begins_to_wait_does_not_wait_for_something_else)
{
    struct fd_waiter begun = {.task = NULL};
    struct pollfd interest = {.events = POLLIN};
    begin();
    interest.fd = pair[0];
    struct task *task = tasks_self();
    task->waiters = &begun;
    task->waiter_count = 1;
    ck_assert_int_eq(fd_wait(task, &interest, 1, clock_after(LIMIT), INTERRUPT_NEVER),
                     WAKE_NO_HOST);
    ck_assert_ptr_eq(task->waiters, &begun);
    ck_assert_uint_eq(task->waiter_count, 1);
    task->waiter_count = 0;
    end();
}
END_TEST

SUITE("fd_standing", ONCE(trusted_wait_gets_its_data),
      ONCE(number_that_names_another_file_is_found_in_time), ONCE(it_is_found_beside_a_busy_task),
      ONCE(who_has_just_been_woken_is_not_verified),
      ONCE(data_that_nobody_waits_for_keep_nobody_awake),
      ONCE(file_without_its_number_keeps_nobody_awake), ONCE(close_takes_the_registration_away),
      ONCE(wait_for_room_takes_its_place), ONCE(answer_ends_its_wait),
      ONCE(answer_under_a_number_that_was_recycled_is_found),
      EACH(close_by_another_thread_ends_its_wait, 3),
      ONCE(who_begins_to_wait_does_not_wait_for_something_else))
