/* Scenes of soak that wait for a time, for each other, or are interrupted. */
#include "soak.h"

#include "facts.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

void scene_sleep(struct scene *scene)
{
    rest(&scene->lead, 50);
    ++*scene->kind->done;
}

/* ---- timeout: nothing comes, and each wait ends by its time, and not before ---- */

static void time_poll(struct side *side, int fd, int ms)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    doing(side, "poll with a timeout");
    check(TEMP_FAILURE_RETRY(poll(&watched, 1, ms)) == 0, side, "poll");
}

static void time_receive(struct side *side, int fd, int ms)
{
    struct timeval limit = {.tv_usec = ms * 1000};
    char byte;
    check(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0, side, "SO_RCVTIMEO");
    doing(side, "recv with SO_RCVTIMEO");
    check(TEMP_FAILURE_RETRY(recv(fd, &byte, 1, 0)) == -1 && errno == EAGAIN, side, "recv");
}

static void time_epoll(struct side *side, int fd, int ms)
{
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(0);
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, side, "epoll_ctl");
    doing(side, "epoll_wait with a timeout");
    check(TEMP_FAILURE_RETRY(epoll_wait(epoll, &event, 1, ms)) == 0, side, "epoll_wait");
    close_well(side, epoll);
}

static struct timespec in_ms(int ms)
{
    struct timespec when;
    clock_gettime(CLOCK_REALTIME, &when);
    when.tv_nsec += ms * 1000000L;
    when.tv_sec += when.tv_nsec / 1000000000;
    when.tv_nsec %= 1000000000;
    return when;
}

static void time_semaphore(struct side *side, int fd, int ms)
{
    struct timespec deadline = in_ms(ms);
    sem_t semaphore;
    (void)fd;
    sem_init(&semaphore, 0, 0);
    doing(side, "sem_timedwait");
    check(TEMP_FAILURE_RETRY(sem_timedwait(&semaphore, &deadline)) == -1 && errno == ETIMEDOUT,
          side, "sem_timedwait");
    sem_destroy(&semaphore);
}

static void time_condition(struct side *side, int fd, int ms)
{
    struct timespec deadline = in_ms(ms);
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    int error;
    (void)fd;
    pthread_mutex_lock(&mutex);
    doing(side, "pthread_cond_timedwait");
    while ((error = pthread_cond_timedwait(&condition, &mutex, &deadline)) == 0)
        ;
    check(error == ETIMEDOUT, side, "pthread_cond_timedwait");
    pthread_mutex_unlock(&mutex);
    pthread_cond_destroy(&condition);
    pthread_mutex_destroy(&mutex);
}

void scene_timeout(struct scene *scene)
{
    static void (*const ways[])(struct side *, int, int) = {time_poll, time_receive, time_epoll,
                                                            time_semaphore, time_condition};
    struct side *side = &scene->lead;
    int ends[2], ms = 1 + (int)draw(side, 50);
    pair_open(side, ends);
    double start = now_s();
    ways[draw(side, sizeof ways / sizeof *ways)](side, ends[0], ms);
    check(now_s() - start >= ms / 1e3 - 0.002, side, "a timeout comes early");
    close_well(side, ends[0]);
    close_well(side, ends[1]);
    ++*scene->kind->done;
}

/* ---- hand-over: two tasks take turns by a mutex and a condition ---- */

struct turns {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    int turn, last;
};

static void take_turns(struct side *side, struct turns *turns, int own)
{
    pthread_mutex_lock(&turns->mutex);
    while (turns->turn < turns->last) {
        doing(side, "pthread_cond_wait for its turn");
        while (turns->turn % 2 != own && turns->turn < turns->last)
            pthread_cond_wait(&turns->condition, &turns->mutex);
        turns->turn += turns->turn < turns->last;
        pthread_cond_signal(&turns->condition);
        if (draw(side, 8) == 0)
            rest(side, 5);
    }
    pthread_mutex_unlock(&turns->mutex);
}

struct second {
    struct side *side;
    struct turns *turns;
};

static void *take_second_turns(void *argument)
{
    struct second *second = argument;
    take_turns(second->side, second->turns, 1);
    return NULL;
}

void scene_hand_over(struct scene *scene)
{
    struct turns turns = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                          .condition = PTHREAD_COND_INITIALIZER,
                          .last = 1 + (int)draw(&scene->lead, 60)};
    struct second second = {&scene->partner, &turns};
    greq_task *partner = partner_start(take_second_turns, &second);
    take_turns(&scene->lead, &turns, 0);
    partner_join(scene, partner);
    check(turns.turn == turns.last, &scene->lead, "a turn is lost");
    check(pthread_mutex_destroy(&turns.mutex) == 0, &scene->lead, "the mutex is still held");
    pthread_cond_destroy(&turns.condition);
    *scene->kind->done += turns.last;
}

/* ---- crowd: one mutex for many, held over a wait. A mutex is not fair, so each crowd is closed:
 * whoever is late leaves ---- */

enum { CROWD = 10 };

void scene_crowd(struct scene *scene)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static int inside, entered, gone;
    if (entered == CROWD)
        return;
    entered++;
    doing(&scene->lead, "pthread_mutex_lock");
    pthread_mutex_lock(&mutex);
    check(inside++ == 0, &scene->lead, "two have one mutex");
    sleep_us(&scene->lead, 100);
    inside--;
    pthread_mutex_unlock(&mutex);
    if (++gone == entered)
        gone = entered = 0;
    ++*scene->kind->done;
}

/* ---- name: a numeric address ---- */

void scene_name(struct scene *scene)
{
    struct side *side = &scene->lead;
    char address[32], port[8], found[32];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *answer;
    unsigned number = (unsigned)draw(side, 60000);
    snprintf(address, sizeof address, "127.0.%u.%u", number >> 8, number & 255);
    snprintf(port, sizeof port, "%u", number);
    doing(side, "getaddrinfo");
    check(getaddrinfo(address, port, &hints, &answer) == 0, side, "getaddrinfo");
    const struct sockaddr_in *got = (const struct sockaddr_in *)(const void *)answer->ai_addr;
    inet_ntop(AF_INET, &got->sin_addr, found, sizeof found);
    check(inet_addr(found) == inet_addr(address) && ntohs(got->sin_port) == number, side,
          "an address");
    freeaddrinfo(answer);
    ++*scene->kind->done;
}

/* ---- signals: two timers beside everything, and one raised and counted ---- */

static volatile sig_atomic_t restarted, interrupted, raised;
static timer_t timer;

static void on_signal(int number)
{
    if (number == SIGALRM)
        restarted = restarted + 1;
    else if (number == SIGUSR1)
        interrupted = interrupted + 1;
    else
        raised = raised + 1;
}

void scene_signal(struct scene *scene)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR2, &action, NULL);
    int before = raised;
    check(raise(SIGUSR2) == 0 && raised == before + 1, &scene->lead, "a signal is lost");
    rest(&scene->lead, 10);
    ++*scene->kind->done;
}

/* SIGALRM restarts what it interrupts, SIGUSR1 does not. */
void signals_begin(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    struct itimerval every = {{.tv_usec = 7000}, {.tv_usec = 7000}};
    struct itimerspec often = {{.tv_nsec = 11000000}, {.tv_nsec = 11000000}};
    must(sigaction(SIGALRM, &action, NULL), "sigaction");
    action.sa_flags = 0;
    must(sigaction(SIGUSR1, &action, NULL), "sigaction");
    must(timer_create(CLOCK_MONOTONIC, &event, &timer), "timer_create");
    must(timer_settime(timer, 0, &often, NULL), "timer_settime");
    must(setitimer(ITIMER_REAL, &every, NULL), "setitimer");
}

void signals_end(void)
{
    must(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL), "setitimer");
    must(timer_delete(timer), "timer_delete");
    fact("~timers %d %d", (int)restarted, (int)interrupted);
    check(restarted > 0 && interrupted > 0, NULL, "no timer's signal came");
}
