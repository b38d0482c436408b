/* helper_threads: look-ups are made by threads that the program does not know of. They take none of
 * its signals, a forked child has its own, and they do not keep a program alive that has ended. */
#include "facts.h"
#include "slow_resolver.h"

#include <greq/greq.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TASKS = 5 };

static volatile sig_atomic_t handled;

static void handle(int number)
{
    (void)number;
    handled++;
}

static void *look_up(void *item)
{
    char name[24];
    struct addrinfo *found = NULL;
    snprintf(name, sizeof name, "host-%d", (int)(intptr_t)item);
    if (getaddrinfo(name, "80", NULL, &found) != 0)
        return NULL;
    freeaddrinfo(found);
    return item;
}

static int names_found(void)
{
    void *items[TASKS], *results[TASKS];
    int right = 0;
    for (intptr_t i = 0; i < TASKS; i++)
        items[i] = (void *)(i + 1);
    greq_map(look_up, items, results, TASKS, 0);
    for (int i = 0; i < TASKS; i++)
        right += results[i] == items[i];
    return right;
}

static void tell_signals(void)
{
    sigset_t blocked, pending;
    struct sigaction action = {.sa_handler = handle};
    must(sigaction(SIGUSR1, &action, NULL), "sigaction");
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    kill(getpid(), SIGUSR1);
    raw_sleep_ms(20);
    sigpending(&pending);
    fact("pending %d, handled %d", sigismember(&pending, SIGUSR1), (int)handled);
    pthread_sigmask(SIG_UNBLOCK, &blocked, NULL);
    fact("handled %d", (int)handled);
}

static void tell_child(void)
{
    int status;
    pid_t child = must(fork(), "fork");
    if (child == 0)
        _exit(names_found());
    must(waitpid(child, &status, 0), "waitpid");
    fact("names found by a child: %d", WEXITSTATUS(status));
}

int main(void)
{
    setenv(SLOW_RESOLVER_VARIABLE, "30", 1);
    fact("names found: %d", names_found());
    tell_signals();
    tell_child();
    fact("names found: %d", names_found());
    pthread_exit(NULL);
}
