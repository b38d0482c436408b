/* idle_tasks: tasks that are parked on descriptors and timers alone, some of which have had an
 * answer before. Once they wait, nothing wakes their thread. */
#include "must_tasks.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PAIRS = 20, QUIET_S = 2, ATTEMPTS = 15 };

static int pairs[PAIRS][2], done[2];
static int task_thread;
static bool was_quiet;

/* Asks once, so that the wait after that is not the first. */
static void *converse(void *argument)
{
    int fd = *(int *)argument;
    char byte = 'x';
    must((int)send(fd, &byte, 1, MSG_NOSIGNAL), "send");
    while (recv(fd, &byte, 1, 0) == 1)
        ;
    return NULL;
}

static void *receive_with_timeout(void *unused)
{
    struct timeval hour = {.tv_sec = 3600};
    char byte;
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
    must(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &hour, sizeof hour), "SO_RCVTIMEO");
    recv(ends[0], &byte, 1, 0);
    return unused;
}

static void *poll_several(void *unused)
{
    struct pollfd set[3] = {{pairs[0][0], POLLPRI, 0}, {pairs[1][0], POLLPRI, 0}, {-1, 0, 0}};
    poll(set, 3, 3600 * 1000);
    return unused;
}

static void *sleep_long(void *unused)
{
    sleep(3600);
    return unused;
}

static long sleeps_of_task_thread(void)
{
    char path[64], line[256];
    long count = -1;
    snprintf(path, sizeof path, "/proc/self/task/%d/status", task_thread);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "voluntary_ctxt_switches: %ld", &count);
    if (file)
        fclose(file);
    return must((int)count, "voluntary_ctxt_switches");
}

/* A thread without tasks. What is late on a busy machine may still come in the first attempts. */
static void *look_from_outside(void *unused)
{
    raw_sleep_ms(1000);
    for (int i = 0; i < ATTEMPTS && !was_quiet; i++) {
        long before = sleeps_of_task_thread();
        raw_sleep_ms(QUIET_S * 1000);
        was_quiet = sleeps_of_task_thread() == before;
    }
    must((int)send(done[1], "x", 1, MSG_NOSIGNAL), "send");
    return unused;
}

int main(void)
{
    pthread_t thread;
    char byte;
    task_thread = gettid();
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, done), "socketpair");
    for (int i = 0; i < PAIRS; i++) {
        must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pairs[i]), "socketpair");
        must_spawn(converse, &pairs[i][0]);
        must_spawn(converse, &pairs[i][1]);
    }
    must_spawn(receive_with_timeout, NULL);
    must_spawn(poll_several, NULL);
    must_spawn(sleep_long, NULL);
    must(-pthread_create(&thread, NULL, look_from_outside, NULL), "pthread_create");
    must((int)recv(done[0], &byte, 1, 0), "recv");
    pthread_join(thread, NULL);
    fact("nothing woke the thread of the parked tasks: %d", was_quiet);
    fflush(stdout);
    _exit(0);
}
