/* interrupted: a signal for the main thread while the main task waits. Which calls end with EINTR
 * depends on the handler's SA_RESTART, and for some on nothing; tasks' waits go on. */
#include "company.h"
#include "facts.h"
#include "peer_client.h"

#include <errno.h>
#include <greq/greq.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SIGNAL_AFTER_MS = 60, DATA_AFTER_MS = 300 };

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

static void set_handler(void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    must(sigaction(SIGUSR1, &action, NULL), "sigaction");
}

/* ---- calls, each on a connection that gets its byte after the signal ---- */

static char bytes[8];

static ssize_t by_recv(int fd)
{
    return recv(fd, bytes, sizeof bytes, 0);
}

static ssize_t by_read(int fd)
{
    return read(fd, bytes, sizeof bytes);
}

static ssize_t by_recv_with_timeout(int fd)
{
    struct timeval timeout = {.tv_sec = 2};
    must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout), "SO_RCVTIMEO");
    return recv(fd, bytes, sizeof bytes, 0);
}

static ssize_t by_poll(int fd)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    return poll(&watched, 1, -1);
}

static ssize_t by_select(int fd)
{
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    return select(fd + 1, &readable, NULL, NULL, NULL);
}

static ssize_t by_epoll_wait(int fd)
{
    int epoll = must(epoll_create1(0), "epoll_create1");
    struct epoll_event event = {.events = EPOLLIN};
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    ssize_t result = epoll_wait(epoll, &event, 1, -1);
    int error = errno;
    close(epoll);
    errno = error;
    return result;
}

static ssize_t by_nanosleep(int fd)
{
    (void)fd;
    struct timespec wanted = {.tv_sec = 1}, left = {0};
    ssize_t result = nanosleep(&wanted, &left);
    int error = errno;
    fact("left of it: %d", left.tv_sec == 0 && left.tv_nsec > 500000000);
    errno = error;
    return result;
}

static ssize_t by_clock_nanosleep(int fd)
{
    (void)fd;
    struct timespec wanted = {.tv_sec = 1};
    errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &wanted, NULL);
    return errno ? -1 : 0;
}

static ssize_t by_usleep(int fd)
{
    (void)fd;
    return usleep(900000);
}

static ssize_t by_sleep(int fd)
{
    (void)fd;
    return sleep(1);
}

static ssize_t by_accept(int fd)
{
    (void)fd;
    int port, listener = listen_loopback(&port, 4);
    int peer = peer_open("wait %d dial %d eof", DATA_AFTER_MS, port);
    int accepted = accept(listener, NULL, NULL), error = errno;
    close(peer);
    close(listener);
    close(accepted);
    errno = error;
    return accepted < 0 ? -1 : 1;
}

static const struct call {
    const char *name;
    ssize_t (*run)(int fd);
} calls[] = {
    {"recv", by_recv},
    {"read", by_read},
    {"recv with a timeout", by_recv_with_timeout},
    {"accept", by_accept},
    {"poll", by_poll},
    {"select", by_select},
    {"epoll_wait", by_epoll_wait},
    {"nanosleep", by_nanosleep},
    {"clock_nanosleep", by_clock_nanosleep},
    {"usleep", by_usleep},
    {"sleep", by_sleep},
};
enum { CALLS = sizeof calls / sizeof *calls, SOCKET_CALLS = 4 };

/* ---- the scene ---- */

static void interrupt(const char *how, const struct call *call)
{
    pthread_t signaller;
    int fd = peer_open("wait %d say a eof", DATA_AFTER_MS);
    handled = 0;
    must(-pthread_create(&signaller, NULL, signal_late, NULL), "pthread_create");
    const char *what = outcome(call->run(fd));
    fact("%s, %s: %s, handled %d", call->name, how, what, (int)handled);
    pthread_join(signaller, NULL);
    close(fd);
}

static void *task_receive(void *none)
{
    char byte = 0;
    int fd = peer_open("wait %d say t eof", DATA_AFTER_MS);
    fact("the task's recv %s", outcome(recv(fd, &byte, 1, 0)));
    close(fd);
    return none;
}

static void beside_a_waiting_task(void)
{
    set_handler(handle, SA_RESTART);
    greq_task *task = greq_spawn(task_receive, NULL);
    greq_join(task, NULL);
    interrupt("beside a receiving task", &calls[0]);
}

static void scene(void)
{
    set_handler(handle, 0);
    for (int i = 0; i < CALLS; i++)
        interrupt("no restart", &calls[i]);
    set_handler(handle, SA_RESTART);
    for (int i = 0; i < CALLS; i++)
        interrupt("restart", &calls[i]);
    set_handler(SIG_IGN, 0);
    for (int i = 0; i < SOCKET_CALLS; i++)
        interrupt("ignored", &calls[i]);
    signal(SIGUSR1, handle); /* implies SA_RESTART */
    interrupt("by signal()", &calls[0]);
    siginterrupt(SIGUSR1, 1);
    interrupt("by siginterrupt()", &calls[0]);
    beside_a_waiting_task();
}

int main(void)
{
    main_thread = pthread_self();
    play_in_main(scene);
}
