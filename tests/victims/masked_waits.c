/* masked_waits: a signal that is blocked but for the time of a ppoll, pselect or epoll_pwait: the
 * usual way to wait for a signal and descriptors at once. */
#include "company.h"
#include "facts.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

enum { SIGNAL_AFTER_MS = 60 };

static pthread_t main_thread;
static volatile sig_atomic_t handled;

static void handle(int number)
{
    (void)number;
    handled++;
}

static void *signal_late(void *none)
{
    raw_sleep_ms(SIGNAL_AFTER_MS);
    pthread_kill(main_thread, SIGUSR1);
    return none;
}

static struct timespec limit = {.tv_sec = 2};

static int by_ppoll(const sigset_t *mask)
{
    return ppoll(NULL, 0, &limit, mask);
}

static int by_pselect(const sigset_t *mask)
{
    return pselect(0, NULL, NULL, NULL, &limit, mask);
}

static int by_epoll_pwait(const sigset_t *mask)
{
    struct epoll_event seen;
    int epoll = must(epoll_create1(0), "epoll_create1");
    int result = epoll_pwait(epoll, &seen, 1, 2000, mask), error = errno;
    close(epoll);
    errno = error;
    return result;
}

static void tell(const char *name, int (*wait)(const sigset_t *))
{
    pthread_t signaller;
    sigset_t none, before, after;
    sigemptyset(&none);
    handled = 0;
    pthread_kill(main_thread, SIGUSR1);
    fact("%s: handled before %d", name, (int)handled);
    const char *what = outcome(wait(&none));
    fact("%s, pending: %s, handled %d", name, what, (int)handled);

    pthread_sigmask(SIG_BLOCK, NULL, &before);
    must(-pthread_create(&signaller, NULL, signal_late, NULL), "pthread_create");
    what = outcome(wait(&none));
    fact("%s, later: %s, handled %d", name, what, (int)handled);
    pthread_join(signaller, NULL);
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    fact("blocked again: %d %d", sigismember(&before, SIGUSR1), sigismember(&after, SIGUSR1));
}

static void scene(void)
{
    tell("ppoll", by_ppoll);
    tell("pselect", by_pselect);
    tell("epoll_pwait", by_epoll_pwait);
}

int main(void)
{
    struct sigaction action = {.sa_handler = handle};
    sigset_t blocked;
    must(sigaction(SIGUSR1, &action, NULL), "sigaction");
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    main_thread = pthread_self();
    play_in_main(scene);
}
