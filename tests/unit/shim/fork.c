/*
 * A forked child: it has the one task that forked, its thread's main task, and nothing else of its
 * parent's.
 */
#include "child.h"
#include "host/host.h"
#include "suite.h"
#include "sys/clock.h"
#include "sys/own_fd.h"
#include "task/fd_wait.h"
#include "task/helper.h"
#include "task/join.h"
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS NS_PER_MS

static int pair[2];

static void *give_back(void *value)
{
    return value;
}

static void *receive(void *unused)
{
    struct pollfd interest = {pair[0], POLLIN, 0};
    char byte;
    (void)unused;
    while (recv(pair[0], &byte, 1, MSG_DONTWAIT) < 0)
        fd_wait(tasks_self(), &interest, 1, clock_after(10 * NS_PER_SECOND), INTERRUPT_NEVER);
    return &pair;
}

static struct task *begin(void)
{
    tasks_begin();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct task *task = tasks_spawn(receive, NULL);
    tasks_settle();
    ck_assert_int_eq(task->state, TASK_PARKED);
    return task;
}

static void end(void)
{
    tasks_end();
    close(pair[0]);
    close(pair[1]);
}

static void become_child(void)
{
    scheduler_after_fork(&this_thread);
}

/* ---- in the child ---- */

static void use_everything(void *dropped)
{
    struct scheduler *scheduler = this_thread.scheduler;
    int value;
    become_child();
    child_expect(scheduler->live_count == 0, "the parent's tasks are gone");
    child_expect(join_wait(dropped, NULL) == EINVAL, "they cannot be joined");
    struct task *task = task_create(scheduler, give_back, &value);
    void *result = NULL;
    child_expect(task && join_wait(task, &result) == 0 && result == &value, "new tasks run");
    child_expect(tasks_pause(2 * MS) == WAKE_TIMED_OUT, "time passes");
    task = task_create(scheduler, receive, NULL);
    tasks_settle();
    child_expect(send(pair[1], "x", 1, 0) == 1 && join_wait(task, NULL) == 0, "data comes");
    scheduler_leave(&this_thread);
}

START_TEST(child_has_tasks_of_its_own)
{
    struct task *task = begin();
    child_succeeds(use_everything, task);
    ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
    ck_assert_ptr_eq(tasks_join(task), &pair); /* and the parent has its own as before */
    end();
}
END_TEST

static void compare_descriptors(void *unused)
{
    struct poller before = this_thread.scheduler->poller;
    (void)unused;
    become_child();
    child_expect(own_fd_is(this_thread.scheduler->poller.fd), "an epoll descriptor");
    child_expect(own_fd_is(this_thread.scheduler->poller.call_fd), "a descriptor for calls");
    struct epoll_event event = {.events = EPOLLIN};
    child_expect(epoll_ctl(this_thread.scheduler->poller.fd, EPOLL_CTL_MOD, pair[0], &event) != 0 &&
                     errno == ENOENT,
                 "not the one in which the parent waits");
    int count = 0;
    for (int fd = -1; (fd = own_fd_next(fd + 1)) >= 0;)
        count++;
    child_expect(count == 2, "no others are left open");
    (void)before;
}

static void *end_with_tasks(void *both)
{
    tasks_begin();
    pthread_barrier_wait(both);
    pthread_barrier_wait(both);
    tasks_end();
    return NULL;
}

START_TEST(child_shares_no_epoll_with_its_parent)
{
    pthread_barrier_t both;
    pthread_t thread;
    pthread_barrier_init(&both, NULL, 2);
    struct task *task = begin();
    ck_assert_int_eq(pthread_create(&thread, NULL, end_with_tasks, &both), 0);
    pthread_barrier_wait(&both);
    child_succeeds(compare_descriptors, NULL);
    pthread_barrier_wait(&both);
    pthread_join(thread, NULL);
    ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
    tasks_join(task);
    end();
}
END_TEST

static void *fork_in_task(void *other)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        become_child();
        child_expect(this_thread.scheduler->live_count == 1, "the task that forked goes on");
        child_expect(tasks_pause(2 * MS) == WAKE_TIMED_OUT, "it waits as before");
        child_expect(join_wait(other, NULL) == EINVAL, "the other does not");
        _exit(7);
    }
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return NULL;
    return (void *)(intptr_t)WEXITSTATUS(status);
}

START_TEST(task_that_forks_goes_on_in_both)
{
    struct task *other = begin(), *forking = tasks_spawn(fork_in_task, other);
    ck_assert_int_eq((intptr_t)tasks_join(forking), 7);
    ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
    tasks_join(other);
    end();
}
END_TEST

static void *exit_with_result(void *unused)
{
    (void)unused;
    pid_t child = fork();
    if (child == 0) {
        become_child();
        return (void *)1;
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return (void *)(intptr_t)(WIFEXITED(status) ? 10 + WEXITSTATUS(status) : 0);
}

/* The main task was joining it, and goes on in the child as well. */
START_TEST(main_task_goes_on_in_the_child)
{
    pid_t parent = getpid();
    begin();
    intptr_t result = (intptr_t)tasks_join(tasks_spawn(exit_with_result, NULL));
    if (getpid() != parent)
        _exit(result == 1 ? 3 : 4);
    ck_assert_int_eq(result, 13);
    end();
}
END_TEST

static bool napping;

static void nap(struct job *job)
{
    (void)job;
    __atomic_store_n(&napping, true, __ATOMIC_RELEASE);
    usleep(100000);
}

static void keep(struct job *job)
{
    (void)job;
}

/* A thread that is just starting may hold a lock of a sanitizer's, which no child would get again.
 */
static void *leave_main_alone(void *unused)
{
    int status;
    while (!__atomic_load_n(&napping, __ATOMIC_ACQUIRE))
        tasks_pause(MS);
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        helper_after_fork();
        become_child();
        return unused;
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return (void *)(intptr_t)(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

/* The helper that had its job is not there: another one does it. */
START_TEST(main_task_in_a_helper_goes_on_in_the_child)
{
    pid_t parent = getpid();
    static struct job job;
    job_init(&job, nap, keep);
    begin();
    struct task *forking = tasks_spawn(leave_main_alone, NULL);
    int error = host_native.run(&this_thread, &job);
    if (getpid() != parent)
        _exit(error == 0 && job_is_done(&job) ? 3 : 4);
    ck_assert_int_eq(error, 0);
    ck_assert_ptr_nonnull(tasks_join(forking));
    end();
}
END_TEST

static void *wake_main_later(void *main)
{
    usleep(20000);
    task_wake_remote(main);
    return NULL;
}

static void await_remote_wake(void *main)
{
    pthread_t thread;
    become_child();
    child_expect(pthread_create(&thread, NULL, wake_main_later, main) == 0, "a thread");
    child_expect(tasks_pause(5 * NS_PER_SECOND) == WAKE_RETRY, "its wake arrives");
    pthread_join(thread, NULL);
}

/* One that was under way when the process forked is lost, and must not stand in the way of others.
 */
START_TEST(wakes_of_other_threads_arrive_in_the_child)
{
    begin();
    struct task *main = &this_thread.scheduler->main;
    task_wake_remote(main);
    child_succeeds(await_remote_wake, main);
    tasks_pause(0);
    end();
}
END_TEST

static void look_at_counts(void *unused)
{
    (void)unused;
    become_child();
    child_expect(this_thread.scheduler->counts.spawned == 0, "no tasks spawned");
    child_expect(this_thread.scheduler->counts.parks == 0, "no waits");
    child_expect(this_thread.scheduler->counts.parked_now == 0, "nobody parked");
}

/* The child's summary is about the child. */
START_TEST(child_counts_from_nothing)
{
    begin();
    child_succeeds(look_at_counts, NULL);
    end();
}
END_TEST

/* ---- while others are at it ---- */

static bool stop;

/* Check's assertions take a lock, which must not be held when another thread forks. */
static void *make_schedulers(void *unused)
{
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        struct scheduler *scheduler = scheduler_get(&this_thread);
        for (int i = 0; i < 3; i++)
            join_wait(task_create(scheduler, give_back, NULL), NULL);
        scheduler_leave(&this_thread);
    }
    return unused;
}

static void go_on(void *unused)
{
    int value;
    (void)unused;
    become_child();
    struct scheduler *scheduler = scheduler_get(&this_thread);
    child_expect(scheduler != NULL, "a scheduler");
    struct task *task = task_create(scheduler, give_back, &value);
    child_expect(task && join_wait(task, NULL) == 0, "a task");
}

/* The fork comes at any moment of another thread's making and ending of schedulers and tasks. */
START_TEST(fork_beside_busy_threads_is_safe)
{
    enum { THREADS = 2, FORKS = 150 };
    pthread_t threads[THREADS];
    tasks_configure();
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, make_schedulers, NULL), 0);
    for (int i = 0; i < FORKS; i++)
        child_succeeds(go_on, NULL);
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    tasks_close_kept();
}
END_TEST

SUITE("fork", ONCE(child_has_tasks_of_its_own), ONCE(child_shares_no_epoll_with_its_parent),
      ONCE(task_that_forks_goes_on_in_both), ONCE(main_task_goes_on_in_the_child),
      ONCE(main_task_in_a_helper_goes_on_in_the_child),
      ONCE(wakes_of_other_threads_arrive_in_the_child), ONCE(child_counts_from_nothing),
      ONCE(fork_beside_busy_threads_is_safe))
