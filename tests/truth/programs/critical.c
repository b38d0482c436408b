/*
 * Waits one after another for a time, the end of a thread, the end of a child, and an answer. What
 * a second thread waits for meanwhile makes the run no longer. Each wait is a timing named by the
 * call that it was for.
 */
#include "client.h"

#include <poll.h>
#include <pthread.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { POLL_MS = 300, USLEEP_US = 400000, NANOSLEEP_NS = 200000000, SELECT_US = 600000 };
static const double answer_s = 0.25;

static void *sleep_meanwhile(void *nothing)
{
    select(0, NULL, NULL, NULL, &(struct timeval){0, SELECT_US});
    return nothing;
}

static void *sleep_for_main(void *nothing)
{
    usleep(USLEEP_US);
    return nothing;
}

static void wait_for_time(void)
{
    double start = now_s();
    must(poll(NULL, 0, POLL_MS), "poll");
    timing("poll", now_s() - start);
}

static void wait_for_thread(void)
{
    pthread_t thread;
    double start = now_s();
    must(-pthread_create(&thread, NULL, sleep_for_main, NULL), "pthread_create");
    pthread_join(thread, NULL);
    timing("usleep", now_s() - start);
}

static void wait_for_child(void)
{
    double start = now_s();
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        nanosleep(&(struct timespec){0, NANOSLEEP_NS}, NULL);
        _exit(0);
    }
    must(waitpid(child, NULL, 0), "waitpid");
    timing("nanosleep", now_s() - start);
}

static void wait_for_answer(void)
{
    int fd = client_open();
    double start = now_s();
    client_ask(fd, answer_s);
    client_take(fd);
    timing("recv", now_s() - start);
}

int main(void)
{
    pthread_t thread;
    must(-pthread_create(&thread, NULL, sleep_meanwhile, NULL), "pthread_create");
    wait_for_time();
    wait_for_thread();
    wait_for_child();
    wait_for_answer();
    pthread_join(thread, NULL);
}
