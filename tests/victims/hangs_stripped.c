/*
 * Hangs in a function without a name, which an exported one calls: the program is stripped.
 * Prints "young PID".
 */
#include <stdio.h>
#include <unistd.h>

__attribute__((visibility("default"))) int wait_for_ever(void);

static volatile int done; /* what is counted behind a call makes that no jump */

static __attribute__((noinline)) void hang(void)
{
    pause();
    done++;
}

__attribute__((noinline)) int wait_for_ever(void)
{
    hang();
    return ++done;
}

int main(void)
{
    printf("young %d\n", (int)getpid());
    fflush(stdout);
    return wait_for_ever();
}
