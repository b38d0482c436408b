/* left_call: a handler leaves a call by siglongjmp. Where that stood nobody writes until the next
 * call: its caller keeps the place, and does not use it. */
#include "facts.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>
#include <unistd.h>

enum { PLACE = 3000, AFTER_US = 10000 };

static sigjmp_buf out;

static void leave(int number)
{
    (void)number;
    siglongjmp(out, 1);
}

static __attribute__((noinline)) void call_below_a_hole(void)
{
    char place[PLACE];
    __asm__ volatile("" : : "r"(place) : "memory");
    usleep(1000);
    __asm__ volatile("" : : "r"(place) : "memory");
}

int main(void)
{
    const struct itimerval timer = {{0, 0}, {0, AFTER_US}};
    struct sigaction action = {.sa_handler = leave};
    must(sigaction(SIGALRM, &action, NULL), "sigaction");
    if (sigsetjmp(out, 1) == 0) {
        must(setitimer(ITIMER_REAL, &timer, NULL), "setitimer");
        poll(NULL, 0, -1);
    }
    call_below_a_hole();
}
