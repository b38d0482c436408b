/* cancelled: threads without tasks are cancelled while they wait in a call. Their cleanup handlers
 * run, and what they waited on serves the next. */
#include "facts.h"
#include "peer_client.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int ends[2], cleaned;

static void in_recv(void)
{
    char byte;
    (void)!recv(ends[0], &byte, 1, 0);
}

static void in_read(void)
{
    char byte;
    (void)!read(ends[0], &byte, 1);
}

static void in_recvmsg(void)
{
    char byte;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    (void)!recvmsg(ends[0], &message, 0);
}

static void in_accept(void)
{
    int port;
    accept(listen_loopback(&port, 1), NULL, NULL);
}

static void in_poll(void)
{
    poll(NULL, 0, -1);
}

static void in_select(void)
{
    select(0, NULL, NULL, NULL, NULL);
}

static void in_epoll_wait(void)
{
    struct epoll_event event;
    epoll_wait(epoll_create1(0), &event, 1, -1);
}

static void in_nanosleep(void)
{
    struct timespec long_time = {100, 0};
    nanosleep(&long_time, NULL);
}

static void in_usleep(void)
{
    usleep(900000);
}

static void in_sleep(void)
{
    sleep(100);
}

static void in_sem_wait(void)
{
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    sem_wait(&semaphore);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void unlock(void *none)
{
    (void)none;
    pthread_mutex_unlock(&mutex);
}

static void in_cond_wait(void)
{
    pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock, NULL);
    for (;;)
        pthread_cond_wait(&cond, &mutex);
    pthread_cleanup_pop(1);
}

static void in_waitpid(void)
{
    pid_t child = fork();
    if (child == 0) {
        raw_sleep_ms(100);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static const struct place {
    const char *name;
    void (*wait)(void);
} places[] = {
    {"recv", in_recv},
    {"read", in_read},
    {"recvmsg", in_recvmsg},
    {"accept", in_accept},
    {"poll", in_poll},
    {"select", in_select},
    {"epoll_wait", in_epoll_wait},
    {"nanosleep", in_nanosleep},
    {"usleep", in_usleep},
    {"sleep", in_sleep},
    {"sem_wait", in_sem_wait},
    {"pthread_cond_wait", in_cond_wait},
    {"waitpid", in_waitpid},
};
enum { PLACES = sizeof places / sizeof *places };

static void clean(void *none)
{
    (void)none;
    cleaned++;
}

static void *thread_run(void *argument)
{
    const struct place *place = argument;
    pthread_cleanup_push(clean, NULL);
    place->wait();
    pthread_cleanup_pop(0);
    return NULL;
}

int main(void)
{
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    for (int i = 0; i < PLACES; i++) {
        pthread_t thread;
        void *result;
        char byte = 'x';
        cleaned = 0;
        must(-pthread_create(&thread, NULL, thread_run, (void *)&places[i]), "pthread_create");
        raw_sleep_ms(20);
        pthread_cancel(thread);
        pthread_join(thread, &result);
        fact("%s: cancelled %d, cleaned %d", places[i].name, result == PTHREAD_CANCELED, cleaned);
        must((int)send(ends[1], &byte, 1, 0), "send");
        fact("then recv %s", outcome(recv(ends[0], &byte, 1, 0)));
    }
    fact("the mutex is free %d", pthread_mutex_trylock(&mutex) == 0);
    fact("the child is there %d", wait(NULL) > 0);
}
