/* no_variables: children that share this program's memory, and have zeros where their thread-local
 * variables should be, as one that Chromium's sandbox makes. Each makes one call and ends. */
#include "facts.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STACK = 64 << 10, VARIABLES = 64 << 10, FREE = 50 };

/* None of them is made by another thread: the program waits for each child. */
static int ends[2];
static char byte;

static void call_chdir(void)
{
    (void)!chdir("/");
}

static void call_close(void)
{
    close(ends[1]);
}

static void call_dup2(void)
{
    dup2(ends[0], FREE);
    close_range(FREE, FREE + 1, 0);
}

static void call_read(void)
{
    (void)!write(ends[0], "x", 1);
    (void)!read(ends[1], &byte, 1);
}

static void call_recv(void)
{
    send(ends[0], "x", 1, 0);
    recv(ends[1], &byte, 1, 0);
}

static void call_open(void)
{
    (void)!open("/dev/null", O_RDONLY);
}

static void call_poll(void)
{
    struct pollfd set = {.fd = ends[0], .events = POLLIN};
    poll(&set, 1, 1);
    nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
}

static void call_wait(void)
{
    wait(NULL);
}

static void call_signal(void)
{
    signal(SIGUSR1, SIG_DFL);
}

static void call_prctl(void)
{
    prctl(PR_SET_SECCOMP, 77UL, 0UL, 0UL, 0UL); /* no such mode */
}

static void call_execv(void)
{
    execv("/bin/true", (char *[]){"true", NULL});
}

static const struct {
    const char *name;
    void (*function)(void);
} calls[] = {
    {"_exit", NULL},     {"chdir", call_chdir}, {"close", call_close}, {"dup2", call_dup2},
    {"read", call_read}, {"recv", call_recv},   {"open", call_open},   {"poll", call_poll},
    {"wait", call_wait}, {"prctl", call_prctl}, {"execv", call_execv}, {"signal", call_signal},
};

static int run(void *call)
{
    void (*function)(void) = *(void (**)(void))call;
    if (function)
        function();
    _exit(0);
}

/* Variables lie on both sides of what the register points to. */
static int end_of(void (*function)(void))
{
    char *stack = malloc(STACK), *variables = aligned_alloc(64, VARIABLES);
    int status = -1, flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
    memset(variables, 0, VARIABLES);
#ifdef __x86_64__
    flags |= CLONE_SETTLS;
#endif
    int child = clone(run, stack + STACK, flags, &function, NULL, variables + VARIABLES / 2, NULL);
    must(waitpid(must(child, "clone"), &status, 0), "waitpid");
    free(variables);
    free(stack);
    return status;
}

int main(void)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
        fact("%s: %d", calls[i].name, end_of(calls[i].function));
        close(ends[0]);
        close(ends[1]);
    }
}
