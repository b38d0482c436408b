/* longjmp_out: a handler leaves a waiting call by siglongjmp, again and again. What comes after is
 * seen, waits and overlaps as before. One that has interrupted another task must not leave to a
 * frame of this one, as between threads: it comes again. */
#include "company.h"
#include "facts.h"

#include <greq/greq.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ROUNDS = 5, AFTER_US = 10000 };

static sigjmp_buf out;
static int ends[2];

static char *frame_of_main;
static volatile sig_atomic_t comes_again;

static bool is_on_stack_of_main(const char *address)
{
    enum { NEAR = 1 << 20 };
    return address > frame_of_main - NEAR && address <= frame_of_main;
}

static void alarm_once(void)
{
    struct itimerval timer = {{0, 0}, {0, AFTER_US}};
    must(setitimer(ITIMER_REAL, &timer, NULL), "setitimer");
}

static void leave(int number)
{
    (void)number;
    if (is_on_stack_of_main(__builtin_frame_address(0)))
        siglongjmp(out, 1);
    comes_again = true;
    alarm_once();
}

static void wait_once(int round)
{
    char byte;
    struct pollfd watched = {.fd = ends[0], .events = POLLIN};
    if (round % 3 == 0)
        (void)!recv(ends[0], &byte, 1, 0);
    else if (round % 3 == 1)
        poll(&watched, 1, -1);
    else
        usleep(900000);
}

static void wait_for_ever(int round)
{
    do {
        comes_again = false;
        wait_once(round);
    } while (comes_again);
    fact("not reached");
}

static void scene(void)
{
    char byte = 0;
    for (volatile int round = 0; round < ROUNDS; round++) {
        if (sigsetjmp(out, 1) == 0) {
            alarm_once();
            wait_for_ever(round);
        }
    }
    fact("left %d times", ROUNDS);
    must((int)send(ends[1], "y", 1, 0), "send");
    fact("recv %s", outcome(recv(ends[0], &byte, 1, 0)));
    struct start start = start_now();
    usleep(30000);
    fact("usleep in time %d", took(start, 0.03));
}

static void *wait_shortly(void *item)
{
    usleep(50000);
    return item;
}

int main(void)
{
    void *items[10] = {NULL};
    struct sigaction action = {.sa_handler = leave};
    frame_of_main = __builtin_frame_address(0);
    must(sigaction(SIGALRM, &action, NULL), "sigaction");
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    play_in_main(scene);
    double start = now_s();
    fact("map %s", error_name(greq_map(wait_shortly, items, NULL, 10, 0)));
    timing("elapsed", now_s() - start);
}
