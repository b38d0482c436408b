/* Five answers come while the program is in a long call that it needs. A child looks when they
 * come, by system calls that are in no recording. */
#include "client.h"

#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COUNT = 5 };
static const double delay_s = 0.2, call_s = 0.6;

static void *take_all(void *fds)
{
    client_take_all(fds, COUNT);
    return NULL;
}

/* Runs in the child. */
static void watch(const int *fds, double *arrived)
{
    struct pollfd set[COUNT];
    for (int i = 0; i < COUNT; i++)
        set[i] = (struct pollfd){fds[i], POLLIN, 0};
    for (int left = COUNT; left;) {
        syscall(SYS_poll, set, COUNT, 10000);
        for (int i = 0; i < COUNT; i++)
            if (set[i].fd >= 0 && set[i].revents) {
                arrived[i] = now_s();
                set[i].fd = -1;
                left--;
            }
    }
    syscall(SYS_exit_group, 0);
}

static void tell_held(const double *arrived, double end)
{
    int first = 0;
    for (int i = 1; i < COUNT; i++)
        first = arrived[i] < arrived[first] ? i : first;
    truth_held(end - arrived[first], 1);
    for (int i = 0; i < COUNT; i++)
        if (i != first)
            truth_waited(end - arrived[i]);
}

static void be_held(int *fds)
{
    double *arrived = mmap(NULL, COUNT * sizeof *arrived, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = must(fork(), "fork");
    if (child == 0)
        watch(fds, arrived);
    TRUTH_BLAME("usleep");
    usleep((unsigned)(call_s * 1e6));
    double end = now_s();
    take_all(fds);
    waitpid(child, NULL, 0);
    tell_held(arrived, end);
}

static void overlap(int *fds)
{
    pthread_t thread;
    must(-pthread_create(&thread, NULL, take_all, fds), "pthread_create");
    usleep((unsigned)(call_s * 1e6));
    pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
    int fds[COUNT];
    for (int i = 0; i < COUNT; i++)
        fds[i] = client_open();
    for (int i = 0; i < COUNT; i++)
        client_ask(fds[i], delay_s);
    if (client_overlaps(argc, argv))
        overlap(fds);
    else
        be_held(fds);
    truth_tell();
}
