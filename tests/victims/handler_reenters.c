/* handler_reenters: a signal handler makes calls, waiting ones too, wherever it finds the program:
 * inside a hook, between tasks, in the scheduler. */
#include "facts.h"
#include "peer_client.h"

#include <errno.h>
#include <greq/greq.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { TASKS = 10, ROUNDS = 20, PERIOD_US = 1500 };

static int ends[2];
static volatile sig_atomic_t handled, wrong;

static void handle(int number)
{
    int saved = errno;
    char byte = 'h';
    struct timespec shortly = {0, 50000};
    struct pollfd readable = {.fd = ends[0], .events = POLLIN};
    (void)number;
    if (write(ends[1], &byte, 1) != 1 || poll(&readable, 1, 100) != 1 ||
        read(ends[0], &byte, 1) != 1 || nanosleep(&shortly, NULL) != 0)
        wrong = 1;
    handled++;
    errno = saved;
}

static void timer_set(int period_us)
{
    struct itimerval timer = {{0, period_us}, {0, period_us}};
    must(setitimer(ITIMER_REAL, &timer, NULL), "setitimer");
}

static void sleep_fully(int ms)
{
    struct timespec left = {0, ms * 1000000L};
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

static void *work(void *item)
{
    int index = (int)(intptr_t)item;
    intptr_t right = 0;
    for (int i = 0; i < ROUNDS; i++) {
        char byte = 0, wanted = (char)('a' + index);
        int fd = peer_open("wait 5 say %c eof", wanted);
        right += recv(fd, &byte, 1, 0) == 1 && byte == wanted;
        close(fd);
        sleep_fully(1);
    }
    return (void *)right;
}

/* ---- one that arrives before the thread's first call ---- */

static volatile sig_atomic_t ran, others_ran;

static void *note_run(void *unused)
{
    ran++;
    return unused;
}

static void sleep_in_handler(int number)
{
    struct timespec shortly = {0, 20000000};
    int before = ran;
    (void)number;
    nanosleep(&shortly, NULL);
    others_ran = ran != before;
}

static void first_call_in_handler(void)
{
    struct sigaction action = {.sa_handler = sleep_in_handler};
    sigaction(SIGUSR1, &action, NULL);
    greq_task *task = greq_spawn(note_run, NULL);
    raise(SIGUSR1);
    greq_join(task, NULL);
}

int main(void)
{
    void *items[TASKS], *results[TASKS];
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    first_call_in_handler();
    fact("another task ran in a handler: %d", others_ran);
    must(pipe(ends), "pipe");
    must(sigaction(SIGALRM, &action, NULL), "sigaction");
    timer_set(PERIOD_US);
    for (intptr_t i = 0; i < TASKS; i++)
        items[i] = (void *)i;
    greq_map(work, items, results, TASKS, 0);
    timer_set(0);
    for (int i = 0; i < TASKS; i++)
        fact("task %d: %d of %d", i, (int)(intptr_t)results[i], ROUNDS);
    fact("handler: called %d, wrong %d", handled > 10, (int)wrong);
}
