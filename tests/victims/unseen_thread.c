/* unseen_thread: a thread that no hook has seen come computes until its process ends. */
#include "facts.h"

#include <sched.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

static long used(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* It has the variables of the thread that has made it, and uses none. */
static int compute(void *none)
{
    for (volatile bool ends = false; !ends;)
        ;
    return none != NULL;
}

int main(void)
{
    static char stack[64 << 10] __attribute__((aligned(16)));
    const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    must(clone(compute, stack + sizeof stack, flags, NULL), "clone");
    while (used(CLOCK_PROCESS_CPUTIME_ID) - used(CLOCK_THREAD_CPUTIME_ID) < 20)
        sched_yield();
    fact("computed");
}
