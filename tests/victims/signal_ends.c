/* signal_ends WAY [task]: a handler that ends its process by the signal that called it. */
#include "facts.h"

#include <greq/greq.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *way;

static void unblock(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static bool is(const char *name)
{
    return strcmp(way, name) == 0;
}

/* The last is what PHP's interpreter does: its flags stay, SA_SIGINFO among them. */
static void restore_default(int number)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    if (is("signal"))
        signal(number, SIG_DFL);
    else if (is("sigset"))
        sigset(number, SIG_DFL);
    else if (is("sigaction") || is("nodefer"))
        sigaction(number, &action, NULL);
    else if (is("kept")) {
        sigaction(number, NULL, &action);
        action.sa_handler = SIG_DFL;
        sigemptyset(&action.sa_mask);
        sigaction(number, &action, NULL);
    }
}

static void handle(int number, siginfo_t *info, void *context)
{
    (void)info, (void)context;
    restore_default(number);
    if (is("sigaction") || is("kept"))
        unblock(number);
    kill(getpid(), number);
}

static void *wait_for_it(void *none)
{
    struct pollfd nothing = {.fd = -1};
    kill(getpid(), SIGTERM);
    for (int i = 0; i < 100; i++)
        poll(&nothing, 1, 100);
    return none;
}

int main(int argc, char **argv)
{
    way = argc > 1 ? argv[1] : "signal";
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    if (is("nodefer"))
        action.sa_flags |= SA_NODEFER;
    if (is("once"))
        action.sa_flags |= SA_RESETHAND;
    must(sigaction(SIGTERM, &action, NULL), "sigaction");
    if (argc > 2 && greq_active())
        greq_join(greq_spawn(wait_for_it, NULL), NULL);
    else
        wait_for_it(NULL);
    return 1;
}
