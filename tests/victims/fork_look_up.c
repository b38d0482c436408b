/*
 * fork_look_up: forks while tasks look names up, by slow_resolver.h's library in place of libc's
 * resolver. A child must be able to look names up itself, and no fork waits for more than a second.
 *
 *     fork_look_up short|long
 */
#include "facts.h"
#include "slow_resolver.h"

#include <greq/greq.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TASKS = 3, FORKS = 40 };

static bool over;

static bool look_up(void)
{
    struct addrinfo *found = NULL;
    int error = getaddrinfo("host-1", NULL, NULL, &found);
    if (found)
        freeaddrinfo(found);
    return error == 0;
}

static void *look_up_again(void *none)
{
    do
        look_up();
    while (!over && greq_active());
    return none;
}

/* A handler of the program's waits in each fork, and nobody else runs meanwhile. */
static bool in_fork;
static int ran_in_fork;

static void prepare(void)
{
    in_fork = true;
    usleep(1000);
}

static void go_on(void)
{
    in_fork = false;
}

static void *tick(void *none)
{
    do {
        usleep(300);
        ran_in_fork += in_fork;
    } while (!over && greq_active());
    return none;
}

/* Returns whether the child looked a name up; a longest fork is noted. */
static bool fork_once(double *longest)
{
    int status = -1;
    double start = now_s();
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        alarm(5);
        setenv(SLOW_RESOLVER_VARIABLE, "1", 1);
        _exit(look_up() ? 0 : 1);
    }
    double took = now_s() - start;
    if (took > *longest)
        *longest = took;
    must(waitpid(child, &status, 0), "waitpid");
    return status == 0;
}

int main(int argc, char **argv)
{
    bool is_long = argc > 1 && strcmp(argv[1], "long") == 0;
    greq_task *tasks[TASKS + 1];
    int right = 0;
    double longest = 0, start = now_s();
    setenv(SLOW_RESOLVER_VARIABLE, is_long && greq_active() ? "3000" : "5", 1);
    if (!is_long)
        setenv(SLOW_RESOLVER_LOCK, "", 1);
    for (int i = 0; i < TASKS; i++)
        tasks[i] = greq_spawn(look_up_again, NULL);
    tasks[TASKS] = greq_spawn(tick, NULL);
    must(-pthread_atfork(prepare, go_on, go_on), "pthread_atfork");
    for (int i = 0; i < FORKS; i++) {
        usleep(2000);
        right += fork_once(&longest);
    }
    over = true;
    timing("all", now_s() - start);
    timing("longest", longest);
    for (int i = 0; i <= TASKS; i++)
        greq_join(tasks[i], NULL);
    fact("tasks that ran in a fork: %d", ran_in_fork);
    fact("children that looked a name up: %d", right);
}
