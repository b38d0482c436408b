/* errno_kept: errno is a task's own over its waits, and a call that succeeds leaves it alone. */
#include "facts.h"
#include "peer_client.h"

#include <errno.h>
#include <greq/greq.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { TASKS = 10, ROUNDS = 5 };

/* Waits of different kinds, all of which succeed. */
static void wait_somehow(int index, int round)
{
    char byte;
    struct pollfd watched = {.fd = peer_open("wait %d say a eof", 2 + (index * 7 + round) % 5),
                             .events = POLLIN};
    errno = 1000 + index;
    switch ((index + round) % 3) {
    case 0:
        usleep(1000u * (unsigned)(1 + (index * 3 + round) % 7));
        break;
    case 1:
        poll(&watched, 1, -1);
        break;
    default:
        recv(watched.fd, &byte, 1, 0);
    }
    int kept = errno;
    close(watched.fd);
    errno = kept;
}

static void *keep(void *item)
{
    int index = (int)(intptr_t)item, right = 0;
    for (int round = 0; round < ROUNDS; round++) {
        wait_somehow(index, round);
        right += errno == 1000 + index;
        greq_yield();
        right += errno == 1000 + index;
    }
    char byte;
    (void)!recv(-1, &byte, 1, 0);
    usleep(1000);
    right += errno == EBADF;
    return (void *)(intptr_t)right;
}

/* ---- questions and answers, while signals come ---- */

enum { QUESTIONS = 4 };
static int ends[2];

static void *answer(void *unused)
{
    char byte;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    for (int i = 0; i < QUESTIONS && recv(ends[1], &byte, 1, 0) == 1; i++) {
        raw_sleep_ms(15);
        send(ends[1], &byte, 1, 0);
    }
    return unused;
}

static void *ask(void *unused)
{
    char byte;
    for (int i = 0; i < QUESTIONS; i++) {
        send(ends[0], "?", 1, 0);
        errno = 0;
        ssize_t got = recv(ends[0], &byte, 1, 0);
        fact("answer %d: %d, errno %s", i, (int)got, error_name(errno));
    }
    return unused;
}

static void handle(int number)
{
    (void)number;
}

/* The thread's sleep is interrupted, not the call. */
static void converse(void)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    struct itimerval often = {.it_value.tv_usec = 3000, .it_interval.tv_usec = 3000};
    void *items[] = {NULL};
    pthread_t thread;
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    must(-pthread_create(&thread, NULL, answer, NULL), "pthread_create");
    sigaction(SIGALRM, &action, NULL);
    must(setitimer(ITIMER_REAL, &often, NULL), "setitimer");
    greq_map(ask, items, NULL, 1, 0);
    must(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL), "setitimer");
    pthread_join(thread, NULL);
}

int main(void)
{
    void *items[TASKS], *results[TASKS];
    for (int i = 0; i < TASKS; i++)
        items[i] = (void *)(intptr_t)i;
    greq_map(keep, items, results, TASKS, 0);
    for (int i = 0; i < TASKS; i++)
        fact("task %d: %d of %d", i, (int)(intptr_t)results[i], 2 * ROUNDS + 1);
    converse();
}
