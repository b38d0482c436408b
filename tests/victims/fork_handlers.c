/* fork_handlers [task]: forks of programs that others were in the way of. Each scene is one that a
 * preload, an allocator or an interpreter came to grief with; its tracker is named. */
#include "facts.h"

#include <dirent.h>
#include <greq/greq.h>
#include <pthread.h>
#include <pwd.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int status_of(pid_t child)
{
    int status = 0;
    must(waitpid(child, &status, 0), "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* ---- dmtcp/dmtcp 612: the handler before a fork joins a thread, as OpenBLAS's does ---- */

static sem_t work, done;
static pthread_t worker;
static bool has_worker;

static void *work_until_told(void *none)
{
    sem_wait(&work);
    usleep(2000);
    sem_post(&done);
    return none;
}

static void start_worker(void)
{
    must(-pthread_create(&worker, NULL, work_until_told, NULL), "pthread_create");
    has_worker = true;
}

static void end_worker(void)
{
    if (!has_worker)
        return;
    has_worker = false;
    sem_post(&work);
    sem_wait(&done);
    pthread_join(worker, NULL);
}

static void fork_with_worker(void)
{
    start_worker();
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        start_worker();
        end_worker();
        _exit(3);
    }
    fact("a worker that is joined: %d", status_of(child));
}

/* ---- gperftools/gperftools 178: the child looks for open descriptors before it starts another
 * program, while threads allocate ---- */

static bool over; /* atomic */

static void *allocate(void *none)
{
    while (!__atomic_load_n(&over, __ATOMIC_RELAXED))
        free(malloc(100 + (size_t)(rand() % 10000)));
    return none;
}

static void count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;
    while (directory && readdir(directory))
        count++;
    if (directory)
        closedir(directory);
    if (count)
        execl("/bin/true", "true", (char *)NULL);
}

static void fork_beside_allocations(void)
{
    pthread_t threads[2];
    int good = 0;
    for (int i = 0; i < 2; i++)
        must(-pthread_create(&threads[i], NULL, allocate, NULL), "pthread_create");
    for (int i = 0; i < 10; i++) {
        pid_t child = must(fork(), "fork");
        if (child == 0) {
            count_descriptors();
            _exit(1);
        }
        good += status_of(child) == 0;
    }
    __atomic_store_n(&over, true, __ATOMIC_RELAXED);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    fact("beside allocations: %d", good);
}

/* ---- Perl/perl5 13779: names of users by a plug-in's connection, before and after a fork ---- */

static void fork_with_names(void)
{
    bool before = getpwuid(0) != NULL;
    pid_t child = must(fork(), "fork");
    if (child == 0)
        _exit(getpwuid(0) ? 3 : 1);
    fact("names: %d, %d, %d", before, status_of(child), getpwuid(0) != NULL);
}

/* ---- Feh/nocache 34: every call of the child before exec is one of the preload's ---- */

static void fork_and_use_files(void)
{
    char byte = 'x';
    int ends[2];
    must(pipe(ends), "pipe");
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        close(ends[0]);
        must((int)write(ends[1], &byte, 1), "write");
        dup2(ends[1], 1);
        execl("/bin/sh", "sh", "-c", "echo y; exit 4", (char *)NULL);
        _exit(1);
    }
    char text[8] = "";
    close(ends[1]);
    int first = (int)read(ends[0], text, 1), rest = (int)read(ends[0], text + 1, 6);
    close(ends[0]);
    fact("files: %d and %d, status %d", first, rest, status_of(child));
}

/* ---- in a handler, in the middle of a call; and a fork of a fork, as daemons make it ---- */

static volatile sig_atomic_t handled;

static void fork_in_handler(int number)
{
    pid_t child = _Fork();
    (void)number;
    if (child == 0)
        _exit(5);
    int status;
    while (waitpid(child, &status, 0) < 0)
        continue;
    handled = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void *signal_main(void *thread)
{
    raw_sleep_ms(20);
    pthread_kill(*(pthread_t *)thread, SIGUSR1);
    raw_sleep_ms(20);
    return NULL;
}

static void fork_in_a_call(void)
{
    pthread_t self = pthread_self(), other;
    struct sigaction action = {.sa_handler = fork_in_handler, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    must(-pthread_create(&other, NULL, signal_main, &self), "pthread_create");
    pthread_join(other, NULL);
    usleep(1000);
    fact("in a handler: %d", handled);
}

static void fork_twice(void)
{
    int ends[2];
    char byte = 0;
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    must(prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl"); /* its child's child is waited for, too */
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        if (fork() != 0)
            _exit(6);
        usleep(2000);
        must((int)send(ends[1], "z", 1, 0), "send");
        _exit(0);
    }
    int first = status_of(child);
    must((int)recv(ends[0], &byte, 1, 0), "recv");
    must(wait(NULL), "wait");
    fact("twice: %d, %c", first, byte);
    close(ends[0]);
    close(ends[1]);
}

static void *all(void *none)
{
    fork_with_worker();
    fork_beside_allocations();
    fork_with_names();
    fork_and_use_files();
    fork_in_a_call();
    fork_twice();
    return none;
}

int main(int argc, char **argv)
{
    (void)argv;
    sem_init(&work, 0, 0);
    sem_init(&done, 0, 0);
    pthread_atfork(end_worker, NULL, NULL);
    if (argc == 1)
        all(NULL);
    else
        must(-greq_map(all, (void *[1]){NULL}, (void *[1]){NULL}, 1, 1), "greq_map");
}
