/*
 * wake_greq.c: COUNT tasks are parked in recv, one for each descriptor, and SLEEPERS more in sleep.
 * How often the process wakes up in a second in which nothing comes; and what it takes to wake one
 * of them, and to be woken by it.
 *
 *     LD_PRELOAD=libgreq.so wake_greq COUNT WAKES SLEEPERS
 */
#define _GNU_SOURCE
#include "park.h"
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SETTLE_US = 1500000, IDLE_US = 1000000 };

static struct park park;
static int answers[2];  /* whoever was woken says so here */
static int main_thread; /* the one with the tasks */
static long idle_wake_ups;

static void *answer_often(void *argument)
{
    struct park_place *place = argument;
    uint16_t port;
    park.arrived++;
    while (recv(place->fd, &port, sizeof port, 0) == sizeof port && port) {
        park.woken++;
        if (send(answers[1], "x", 1, MSG_NOSIGNAL) != 1)
            bench_fail("send: %s", strerror(errno));
    }
    return NULL;
}

static void *sleep_long(void *unused)
{
    park.arrived++;
    sleep(24 * 60 * 60);
    return unused;
}

static void tell(uint32_t number, uint16_t what)
{
    const struct sockaddr_in *to = &park.places[number].address;
    if (sendto(park.places[number].fd, &what, sizeof what, 0, (const struct sockaddr *)to,
               sizeof *to) != sizeof what)
        bench_fail("sendto: %s", strerror(errno));
}

static void await_answer(void)
{
    char byte;
    if (recv(answers[0], &byte, 1, 0) != 1)
        bench_fail("recv: %s", strerror(errno));
}

/* How often the thread with the tasks has gone to sleep. */
static long sleeps(void)
{
    char path[64], line[256];
    long count = -1;
    snprintf(path, sizeof path, "/proc/self/task/%d/status", main_thread);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "voluntary_ctxt_switches: %ld", &count);
    if (file)
        fclose(file);
    return count;
}

/* A thread without tasks. */
static void *look_from_outside(void *unused)
{
    usleep(SETTLE_US);
    long before = sleeps();
    usleep(IDLE_US);
    idle_wake_ups = sleeps() - before;
    if (send(answers[1], "x", 1, MSG_NOSIGNAL) != 1)
        bench_fail("send: %s", strerror(errno));
    return unused;
}

static void idle(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, look_from_outside, NULL) != 0)
        bench_fail("pthread_create failed");
    await_answer();
    pthread_join(thread, NULL);
}

static struct usage wake_often(uint32_t wakes)
{
    uint32_t random = 1;
    struct usage start = usage_now();
    for (uint32_t i = 0; i < wakes; i++) {
        random = random * 1664525u + 1013904223u;
        tell((random >> 8) % park.count, 1);
        await_answer();
    }
    return usage_since(start);
}

static void end_all(greq_task **tasks)
{
    for (uint32_t i = 0; i < park.count; i++) {
        tell(i, 0);
        if (greq_join(tasks[i], NULL) != 0)
            bench_fail("greq_join failed");
    }
    free(tasks);
}

int main(int argc, char *argv[])
{
    tasks_require();
    uint32_t wakes = bench_number(argc, argv, 2, "WAKES");
    uint32_t sleepers = bench_number(argc, argv, 3, "SLEEPERS");
    main_thread = gettid();
    park_open(&park, argc, argv);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, answers) != 0)
        bench_fail("socketpair: %s", strerror(errno));
    greq_task **tasks = bench_allocate(park.count, sizeof *tasks);
    for (uint32_t i = 0; i < park.count; i++)
        if (!(tasks[i] = greq_spawn(answer_often, &park.places[i])))
            bench_fail("greq_spawn failed");
    for (uint32_t i = 0; i < sleepers; i++)
        if (!greq_spawn(sleep_long, NULL))
            bench_fail("greq_spawn failed");
    idle();
    if (park.arrived != park.count + sleepers || park.woken)
        bench_fail("%u of %u wait", park.arrived, park.count + sleepers);
    struct usage used = wake_often(wakes);
    if (park.woken != wakes)
        bench_fail("%u of %u were woken", park.woken, wakes);
    end_all(tasks);
    printf("idle_wake_ups=%ld ", idle_wake_ups);
    usage_print(used, wakes);
    fflush(stdout);
    _exit(0); /* sleepers are dropped */
}
