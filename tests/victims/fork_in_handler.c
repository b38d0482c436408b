/* fork_in_handler: a signal handler forks in the middle of a call; the child returns into the call
 * once its parent has made others, and ends. */
#include "facts.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int *parent_is_done;
static pid_t child;

static void copy(int number)
{
    (void)number;
    child = fork();
    while (child == 0 && !*parent_is_done)
        ;
}

/* The signal is taken within the call, and nowhere else. */
static void be_interrupted(void)
{
    const struct sigaction action = {.sa_handler = copy};
    sigset_t none, one;
    sigemptyset(&none);
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    must(sigaction(SIGUSR1, &action, NULL), "sigaction");
    must(sigprocmask(SIG_BLOCK, &one, NULL), "sigprocmask");
    must(raise(SIGUSR1), "raise");
    ppoll(NULL, 0, NULL, &none);
}

int main(void)
{
    parent_is_done =
        mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(parent_is_done == MAP_FAILED ? -1 : 0, "mmap");
    be_interrupted();
    if (child == 0)
        _exit(0);
    for (int i = 0; i < 5; i++)
        usleep(2000);
    *parent_is_done = 1;
    must(waitpid(child, NULL, 0), "waitpid");
    fact("gone on");
}
