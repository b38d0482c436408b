/*
 * Notifiers: how a parked call is told, directly or by a descriptor.
 */
#include "task/notifier.h"

#include "child.h"
#include "suite.h"
#include "sys/clock.h"
#include "sys/own_fd.h"
#include "tasks.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

static bool is_told(const struct notifier *notifier)
{
    struct pollfd interest;
    return notifier_interest(notifier, &interest) == 1 && poll(&interest, 1, 0) == 1;
}

/* ---- with a descriptor ---- */

START_TEST(descriptor_is_readable_once_told)
{
    struct notifier notifier;
    notifier_open(&notifier, NULL);
    ck_assert(own_fd_is(notifier.fd));
    ck_assert(!is_told(&notifier));
    notifier_tell(&notifier);
    notifier_tell(&notifier);
    ck_assert(is_told(&notifier));
    notifier_clear(&notifier);
    ck_assert(!is_told(&notifier));
    notifier_close(&notifier);
    notifier_after_fork(); /* closes what is kept for the next */
}
END_TEST

START_TEST(descriptor_is_used_again_and_quiet)
{
    struct notifier first, second;
    notifier_open(&first, NULL);
    int fd = first.fd;
    notifier_tell(&first);
    notifier_close(&first);
    notifier_open(&second, NULL);
    ck_assert_int_eq(second.fd, fd);
    ck_assert(!is_told(&second));
    notifier_tell(&first); /* late, by who had not noticed its end */
    ck_assert(!is_told(&second));
    notifier_close(&second);
    notifier_after_fork();
}
END_TEST

/* The program needs some as well. */
START_TEST(descriptors_are_bounded)
{
    enum { MANY = 300 };
    struct notifier many[MANY];
    struct pollfd interest;
    int opened = 0;
    for (int i = 0; i < MANY; i++) {
        notifier_open(&many[i], NULL);
        opened += many[i].fd >= 0;
    }
    ck_assert_int_ge(opened, 64);
    ck_assert_int_le(opened, 128);
    ck_assert_uint_eq(notifier_interest(&many[MANY - 1], &interest), 0);
    notifier_tell(&many[MANY - 1]); /* nobody, and no harm */
    for (int i = 0; i < MANY; i++)
        notifier_close(&many[i]);
    notifier_open(&many[0], NULL);
    ck_assert_int_ge(many[0].fd, 0);
    notifier_close(&many[0]);
    notifier_after_fork();
}
END_TEST

/* What the program has put in its place is not written to. */
START_TEST(number_that_was_taken_is_left_alone)
{
    struct notifier notifier;
    int ends[2];
    notifier_open(&notifier, NULL);
    int fd = notifier.fd;
    ck_assert_int_eq(pipe(ends), 0);
    own_fd_close(fd);
    ck_assert_int_eq(dup2(ends[1], fd), fd);
    notifier_tell(&notifier);
    ck_assert_int_eq(poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, 0), 0);
    notifier_close(&notifier);
    ck_assert_int_eq(write(fd, "x", 1), 1);
    notifier_open(&notifier, NULL);
    ck_assert_int_ne(notifier.fd, fd);
    notifier_close(&notifier);
    notifier_after_fork();
    close(fd);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

static void renew(void *argument)
{
    struct notifier *notifier = argument;
    notifier_after_fork();
    notifier_renew(notifier);
    child_expect(notifier->fd >= 0, "a descriptor of its own");
    notifier_tell(notifier);
    child_expect(is_told(notifier), "it is told");
}

START_TEST(forked_child_tells_only_itself)
{
    struct notifier notifier;
    notifier_open(&notifier, NULL);
    child_succeeds(renew, &notifier);
    ck_assert(!is_told(&notifier));
    notifier_close(&notifier);
    notifier_after_fork();
}
END_TEST

/* ---- with a task ---- */

static void *tell(void *notifier)
{
    usleep(20000);
    notifier_tell(notifier);
    return NULL;
}

START_TEST(task_is_woken_from_another_thread)
{
    struct notifier notifier;
    struct pollfd interest;
    pthread_t thread;
    tasks_begin();
    notifier_open(&notifier, tasks_self());
    ck_assert_uint_eq(notifier_interest(&notifier, &interest), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, tell, &notifier), 0);
    ck_assert_int_eq(tasks_pause(10 * NS_PER_SECOND), WAKE_RETRY);
    pthread_join(thread, NULL);
    notifier_close(&notifier);
    tasks_end();
}
END_TEST

static void *tell_at_once(void *notifier)
{
    notifier_tell(notifier);
    return NULL;
}

START_TEST(task_is_woken_by_another_of_its_thread)
{
    struct notifier notifier;
    tasks_begin();
    notifier_open(&notifier, tasks_self());
    struct task *other = tasks_spawn(tell_at_once, &notifier);
    ck_assert_int_eq(tasks_pause(10 * NS_PER_SECOND), WAKE_RETRY);
    tasks_join(other);
    notifier_close(&notifier);
    tasks_end();
}
END_TEST

SUITE("notifier", ONCE(descriptor_is_readable_once_told), ONCE(descriptor_is_used_again_and_quiet),
      ONCE(descriptors_are_bounded), ONCE(number_that_was_taken_is_left_alone),
      ONCE(forked_child_tells_only_itself), ONCE(task_is_woken_from_another_thread),
      ONCE(task_is_woken_by_another_of_its_thread))
