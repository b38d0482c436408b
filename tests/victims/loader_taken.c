/*
 * loader_taken: another thread has the loader's lock, and waits for this one, when the program does
 * what its argument says: fork (and the child's first call, and its end), exit, _exit, quick_exit,
 * exec.
 */
#include "facts.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_bool is_taken, may_go;

static int stay(struct dl_phdr_info *object, size_t size, void *none)
{
    (void)object, (void)size, (void)none;
    is_taken = true;
    while (!may_go)
        raw_sleep_ms(1);
    return 1;
}

static void *take(void *none)
{
    dl_iterate_phdr(stay, NULL);
    return none;
}

/* Long enough for a trace to be told of it. */
static void compute(void)
{
    clock_t end = clock() + CLOCKS_PER_SEC / 50;
    while (clock() < end)
        continue;
}

static void fork_and_call(void)
{
    int status = -1;
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        alarm(5);
        must((int)write(STDOUT_FILENO, "", 0), "write");
        usleep(3000); /* long enough for its stack to be told of, and who is in it */
        compute();
        _exit(0);
    }
    may_go = true;
    must(waitpid(child, &status, 0), "waitpid");
    fact("the child's status: %d", status);
}

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";
    pthread_t thread;
    alarm(10);
    fact("%s", what);
    fflush(stdout);
    must(dlopen("libresolv.so.2", RTLD_NOW) ? 0 : -1, "dlopen");
    must(-pthread_create(&thread, NULL, take, NULL), "pthread_create");
    while (!is_taken)
        raw_sleep_ms(1);
    if (!strcmp(what, "fork")) {
        fork_and_call();
        return 0;
    }
    compute();
    if (!strcmp(what, "_exit"))
        _exit(0);
    else if (!strcmp(what, "quick_exit"))
        quick_exit(0);
    else if (!strcmp(what, "exec"))
        must(execl("/bin/true", "true", (char *)NULL), "execl");
}
