/* meetings CASE: tasks in one connection, or in several. */
#include "facts.h"
#include "must_tasks.h"
#include "peer_client.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int shared;

static void *receive(void *unused)
{
    char byte;
    (void)unused;
    must((int)recv(shared, &byte, 1, 0), "recv");
    return NULL;
}

static void *ask(void *unused)
{
    must((int)send(shared, "x", 1, 0), "send");
    return receive(unused);
}

static void *look(void *unused)
{
    struct pollfd watched = {.fd = shared, .events = POLLIN};
    (void)unused;
    poll(&watched, 1, 1000);
    return NULL;
}

static void *tell(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++) {
        must((int)send(shared, "x", 1, 0), "send");
        usleep(10000);
    }
    return NULL;
}

/* Without a wait: nobody else of the thread runs until it has come. */
static void *take(void *unused)
{
    char byte;
    (void)unused;
    while (recv(shared, &byte, 1, MSG_DONTWAIT) < 0)
        ;
    return NULL;
}

/* As the end of a wait that gave up. */
static void *give_up(void *unused)
{
    struct pollfd watched = {.fd = shared, .events = POLLIN};
    (void)unused;
    must((int)send(shared, "x", 1, 0), "send");
    poll(&watched, 1, 5);
    return NULL;
}

static void both(void *(*one)(void *), void *(*other)(void *))
{
    greq_task *first = must_spawn(one, NULL), *second = must_spawn(other, NULL);
    greq_join(first, NULL);
    greq_join(second, NULL);
}

static void *in_thread(void *unused)
{
    both(receive, tell);
    return unused;
}

/* Threads have always met there. */
static void of_two_threads(void)
{
    pthread_t thread;
    must(pthread_create(&thread, NULL, in_thread, NULL), "pthread_create");
    both(receive, tell);
    pthread_join(thread, NULL);
}

static void one_after_another(void)
{
    for (int i = 0; i < 2; i++)
        greq_join(must_spawn(ask, NULL), NULL);
}

static void run(const char *name)
{
    if (strcmp(name, "both_receive") == 0)
        both(receive, receive);
    else if (strcmp(name, "both_ask") == 0)
        both(ask, ask);
    else if (strcmp(name, "one_takes") == 0)
        both(ask, take);
    else if (strcmp(name, "reader_and_writer") == 0)
        both(receive, tell);
    else if (strcmp(name, "watcher") == 0)
        both(look, ask);
    else if (strcmp(name, "handed_on") == 0)
        one_after_another();
    else if (strcmp(name, "given_up") == 0)
        both(give_up, tell);
    else
        of_two_threads();
}

int main(int count, char **arguments)
{
    shared = peer_open("wait 50 say abcdef eof");
    run(count > 1 ? arguments[1] : "");
    fact("over");
}
