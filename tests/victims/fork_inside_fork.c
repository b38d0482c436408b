/*
 * fork_inside_fork: a thread makes copies of the process, by _Fork and by the system call, while
 * another one is in the middle of a fork. They go on.
 */
#include "facts.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static sem_t begun, may_go_on;

static void prepare(void)
{
    sem_post(&begun);
    while (sem_wait(&may_go_on) < 0)
        ;
}

static void *fork_slowly(void *none)
{
    pid_t child = must(fork(), "fork");
    if (child == 0)
        _exit(0);
    must(waitpid(child, NULL, 0), "waitpid");
    return none;
}

static pid_t by_instruction(void)
{
    return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

/* Who may have a loop is looked for among the loaded objects. */
static void go_on(void)
{
    alarm(20);
    close(epoll_create1(0));
    _exit(7);
}

static void tell(const char *how, pid_t (*copy)(void))
{
    int status = -1;
    pid_t child = must(copy(), how);
    if (child == 0)
        go_on();
    must(waitpid(child, &status, 0), "waitpid");
    fact("%s: %d, by signal %d", how, WEXITSTATUS(status), WTERMSIG(status));
}

int main(void)
{
    pthread_t thread;
    must(sem_init(&begun, 0, 0), "sem_init");
    must(sem_init(&may_go_on, 0, 0), "sem_init");
    must(-pthread_atfork(prepare, NULL, NULL), "pthread_atfork");
    must(-pthread_create(&thread, NULL, fork_slowly, NULL), "pthread_create");
    while (sem_wait(&begun) < 0)
        ;
    tell("_Fork", _Fork);
    tell("clone", by_instruction);
    sem_post(&may_go_on);
    must(-pthread_join(thread, NULL), "pthread_join");
}
