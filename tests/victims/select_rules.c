/* select_rules: select writes back sets and the time that was left; pselect keeps its time. */
#include "company.h"
#include "facts.h"
#include "peer_client.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static void set_make(fd_set *set, int first, int second)
{
    FD_ZERO(set);
    FD_SET(first, set);
    FD_SET(second, set);
}

/* Whether what select left of a minute is what the clock says of this wait. */
static bool writes_back_the_rest(void)
{
    fd_set readable;
    struct timeval left = {.tv_sec = 60};
    int fd = peer_open("wait 20 say a eof");
    set_make(&readable, fd, fd);
    double start = now_s();
    must(select(fd + 1, &readable, NULL, NULL, &left), "select");
    double more = (double)left.tv_sec + (double)left.tv_usec / 1e6 - (60 - (now_s() - start));
    close(fd);
    return more > -0.001 && more < 0.01 && left.tv_sec < 60;
}

/* On a busy machine time passes between the clock and the call, but not each time. */
static bool writes_back_the_rest_at_last(void)
{
    int tries = 100;
    while (tries > 0 && !writes_back_the_rest())
        tries--;
    return tries > 0;
}

static void time_left(void)
{
    fd_set readable;
    int fd = peer_open("wait 100 say a eof"), silent = peer_open("wait 60000");
    struct timeval left = {.tv_sec = 60};
    set_make(&readable, fd, silent);
    fact("select %s",
         outcome(select((fd > silent ? fd : silent) + 1, &readable, NULL, NULL, &left)));
    fact("he %d, the other %d, nobody %d", FD_ISSET(fd, &readable) != 0,
         FD_ISSET(silent, &readable) != 0, FD_ISSET(0, &readable) != 0);
    fact("time left %d", writes_back_the_rest_at_last());

    struct timespec kept = {.tv_sec = 2};
    set_make(&readable, fd, silent);
    fact("pselect %s",
         outcome(pselect((fd > silent ? fd : silent) + 1, &readable, NULL, NULL, &kept, NULL)));
    fact("time kept %d", kept.tv_sec == 2 && kept.tv_nsec == 0);
    close(fd);
    close(silent);
}

static void time_up(void)
{
    fd_set readable;
    int silent = peer_open("wait 60000");
    struct timeval left = {.tv_usec = 100000};
    set_make(&readable, silent, silent);
    struct start start = start_now();
    const char *what = outcome(select(silent + 1, &readable, NULL, NULL, &left));
    fact("select %s, in time %d, set empty %d, left %ld", what, took(start, 0.1),
         !FD_ISSET(silent, &readable), (long)left.tv_sec + left.tv_usec);

    left = (struct timeval){.tv_usec = 100000};
    start = start_now();
    what = outcome(select(0, NULL, NULL, NULL, &left));
    fact("select of none %s, in time %d, left %ld", what, took(start, 0.1),
         (long)left.tv_sec + left.tv_usec);

    struct timespec hundred = {.tv_nsec = 100000000};
    start = start_now();
    what = outcome(pselect(0, NULL, NULL, NULL, &hundred, NULL));
    fact("pselect of none %s, in time %d", what, took(start, 0.1));

    struct timeval none = {0, 0};
    set_make(&readable, silent, silent);
    start = start_now();
    what = outcome(select(silent + 1, &readable, NULL, NULL, &none));
    fact("select in no time %s, at once %d", what, took(start, 0));
    close(silent);
}

static void three_sets(void)
{
    fd_set readable, writable, special;
    int fd = peer_open("wait 50 say a eof");
    set_make(&readable, fd, fd);
    set_make(&writable, fd, fd);
    set_make(&special, fd, fd);
    fact("to write %s", outcome(select(fd + 1, NULL, &writable, &special, NULL)));
    fact("sets %d %d", FD_ISSET(fd, &writable) != 0, FD_ISSET(fd, &special) != 0);
    fact("to read %s", outcome(select(fd + 1, &readable, NULL, NULL, NULL)));
    set_make(&writable, fd, fd);
    fact("both %s", outcome(select(fd + 1, &readable, &writable, NULL, NULL)));
    close(fd);
}

static void odd_ones(void)
{
    fd_set readable;
    int ends[2], file = open("/proc/self/exe", O_RDONLY);
    struct timeval never = {.tv_sec = -1};
    must(pipe(ends), "pipe");
    set_make(&readable, ends[0], file);
    fact("a file %s", outcome(select(FD_SETSIZE, &readable, NULL, NULL, NULL)));
    fact("it %d, the pipe %d", FD_ISSET(file, &readable) != 0, FD_ISSET(ends[0], &readable) != 0);
    close(ends[1]);
    set_make(&readable, ends[0], ends[0]);
    fact("a pipe's end %s", outcome(select(ends[0] + 1, &readable, NULL, NULL, NULL)));
    close(ends[0]);
    fact("a closed one %s", outcome(select(ends[0] + 1, &readable, NULL, NULL, NULL)));
    fact("still set %d", FD_ISSET(ends[0], &readable) != 0);
    fact("not in sight %s", outcome(select(0, &readable, NULL, NULL, &(struct timeval){0, 0})));
    fact("negative count %s", outcome(select(-1, NULL, NULL, NULL, NULL)));
    fact("negative time %s", outcome(select(0, NULL, NULL, NULL, &never)));
    close(file);
}

static void scene(void)
{
    time_left();
    time_up();
    three_sets();
    odd_ones();
}

int main(void)
{
    play(scene);
}
