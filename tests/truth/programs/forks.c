/* Two processes at a time: a child and its parent both use open connections one after the other. */
#include "client.h"

#include <sys/wait.h>
#include <unistd.h>

enum { COUNT = 4 };
static const double delay_s = 0.1;

static void use_one_at_a_time(void)
{
    int fds[COUNT];
    for (int i = 0; i < COUNT; i++)
        fds[i] = client_open();
    for (int i = 0; i < COUNT; i++) {
        client_ask(fds[i], delay_s);
        double start = now_s();
        client_take(fds[i]);
        truth_held(now_s() - start, COUNT - 1 - i);
    }
}

int main(void)
{
    pid_t child = must(fork(), "fork");
    use_one_at_a_time();
    if (child == 0)
        _exit(0);
    must(waitpid(child, NULL, 0), "waitpid");
    fact("blame recv client.c client_take");
    truth_tell();
}
