/* poll_rules: what poll and ppoll say of odd descriptors, and how long they wait. */
#include "company.h"
#include "facts.h"
#include "peer_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *events_name(short events)
{
    static char text[4][64];
    static unsigned next;
    char *name = text[next++ % 4], *end = name;
    static const struct {
        short bit;
        char letter;
    } letters[] = {{POLLIN, 'I'},  {POLLOUT, 'O'},  {POLLPRI, 'P'},  {POLLHUP, 'H'},
                   {POLLERR, 'E'}, {POLLNVAL, 'N'}, {POLLRDHUP, 'R'}};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (events & letters[i].bit)
            *end++ = letters[i].letter;
    *end++ = '.';
    *end = '\0';
    return name;
}

static void tell(const char *name, struct pollfd *watched, nfds_t count, int ms)
{
    struct start start = start_now();
    const char *what = outcome(poll(watched, count, ms));
    fact("%s: %s, at once %d", name, what, took(start, 0));
    for (nfds_t i = 0; i < count; i++)
        fact("  %s", events_name(watched[i].revents));
}

static void odd_ones(void)
{
    int ends[2], closed = must(dup(STDOUT_FILENO), "dup"), file = open("/proc/self/exe", O_RDONLY);
    must(pipe(ends), "pipe");
    close(closed);
    struct pollfd all[] = {
        {.fd = -1, .events = POLLIN, .revents = POLLIN},
        {.fd = closed, .events = POLLIN},
        {.fd = file, .events = POLLIN | POLLOUT},
        {.fd = ends[0], .events = POLLIN},
        {.fd = ends[1], .events = POLLOUT},
        {.fd = ends[1], .events = 0},
    };
    tell("odd ones", all, 6, -1);
    tell("nothing is ready", &all[3], 1, 0);
    close(ends[1]);
    tell("hung up", &all[3], 1, -1);
    tell("hung up, not asked for", (struct pollfd[]){{.fd = ends[0]}}, 1, -1);
    close(ends[0]);
    close(file);
}

static void waiting_times(void)
{
    int ends[2];
    must(pipe(ends), "pipe");
    struct pollfd silent[] = {{.fd = ends[0], .events = POLLIN}, {.fd = -1}};
    struct timespec hundred = {.tv_nsec = 100000000};
    struct start start = start_now();
    const char *what = outcome(poll(silent, 2, 100));
    fact("poll %s, in time %d", what, took(start, 0.1));
    start = start_now();
    what = outcome(poll(NULL, 0, 100));
    fact("poll of none %s, in time %d", what, took(start, 0.1));
    start = start_now();
    what = outcome(ppoll(silent, 2, &hundred, NULL));
    fact("ppoll %s, in time %d, timeout kept %d", what, took(start, 0.1),
         hundred.tv_nsec == 100000000);
    hundred.tv_nsec = -1;
    fact("ppoll till never %s", outcome(ppoll(silent, 1, &hundred, NULL)));
    close(ends[0]);
    close(ends[1]);
}

static void one_of_many(void)
{
    struct pollfd watched[5];
    for (int i = 0; i < 5; i++)
        watched[i] = (struct pollfd){.fd = peer_open("wait %d say x eof", i == 3 ? 50 : 60000),
                                     .events = POLLIN | POLLRDHUP};
    fact("one of five %s", outcome(poll(watched, 5, -1)));
    for (int i = 0; i < 5; i++) {
        fact("  %s", events_name(watched[i].revents));
        close(watched[i].fd);
    }
    struct pollfd ended = {.fd = peer_open("wait 50"), .events = POLLIN | POLLRDHUP};
    fact("the end %s", outcome(poll(&ended, 1, -1)));
    fact("  %s", events_name(ended.revents));
    close(ended.fd);
}

static void both_ways(void)
{
    struct pollfd twice[2];
    twice[0] = twice[1] = (struct pollfd){.fd = peer_open("wait 50 say x eof"), .events = POLLIN};
    fact("the same twice %s", outcome(poll(twice, 2, -1)));
    fact("  %s %s", events_name(twice[0].revents), events_name(twice[1].revents));
    twice[1].events = POLLOUT;
    fact("in and out %s", outcome(poll(twice, 2, -1)));
    fact("  %s %s", events_name(twice[0].revents), events_name(twice[1].revents));
    close(twice[0].fd);
}

static void scene(void)
{
    odd_ones();
    waiting_times();
    one_of_many();
    both_ways();
}

int main(void)
{
    play(scene);
}
