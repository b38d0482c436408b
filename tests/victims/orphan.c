/* orphan: a child of a child makes its first call when the child has ended and it has another
 * parent. */
#include "facts.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    must(prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl");
    if (must(fork(), "fork") == 0) {
        pid_t between = getpid();
        if (must(fork(), "fork") != 0)
            _exit(0);
        while (getppid() == between)
            sched_yield();
        usleep(2000);
        _exit(0);
    }
    while (wait(NULL) > 0)
        ;
    return 0;
}
