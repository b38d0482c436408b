/* starts_beside PROGRAM: threads that start a program while others do the same, allocate and wait.
 * A child that allocates, or wants a lock that a thread has which it lacks, never gets to its
 * program: tamatebako/tebako#433, vlang/v#28519, shadow/shadow#1291. */
#include "facts.h"

#include <fcntl.h>
#include <greq/greq.h>
#include <pthread.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STARTERS = 3, ROUNDS = 8 };

extern char **environ;

static const char *path;
static bool over; /* atomic */

static pid_t by_fork(char **arguments)
{
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
        execv(path, arguments);
        _exit(127);
    }
    return child;
}

static pid_t by_spawn(char **arguments)
{
    posix_spawn_file_actions_t actions;
    pid_t child;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    must(-posix_spawn(&child, path, &actions, NULL, arguments, environ), "posix_spawn");
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

static void *start_programs(void *none)
{
    static char *arguments[] = {"child", "argument", NULL};
    intptr_t good = 0;
    (void)none;
    for (int round = 0; round < ROUNDS; round++) {
        int status = 0;
        pid_t child = round % 2 ? by_spawn(arguments) : by_fork(arguments);
        must(waitpid(child, &status, 0), "waitpid");
        good += WIFEXITED(status) && WEXITSTATUS(status) == 7;
    }
    return (void *)good;
}

static void *allocate_and_wait(void *none)
{
    while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
        free(malloc(100 + (size_t)(rand() % 10000)));
        usleep(100);
    }
    return none;
}

int main(int count, char **words)
{
    pthread_t starters[STARTERS], other;
    must(count == 2 ? 0 : -1, "arguments");
    path = words[1];
    must(-pthread_create(&other, NULL, allocate_and_wait, NULL), "pthread_create");
    for (int i = 0; i < STARTERS; i++)
        must(-pthread_create(&starters[i], NULL, start_programs, NULL), "pthread_create");
    greq_task *task = greq_spawn(start_programs, NULL);
    void *good;
    for (int i = 0; i < STARTERS; i++) {
        pthread_join(starters[i], &good);
        fact("a thread: %d", (int)(intptr_t)good);
    }
    greq_join(task, &good);
    fact("a task: %d", (int)(intptr_t)good);
    __atomic_store_n(&over, true, __ATOMIC_RELAXED);
    pthread_join(other, NULL);
}
