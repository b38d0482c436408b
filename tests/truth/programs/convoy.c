/* Threads that each make a request while they have a lock: a mutex, or a flag that a condition
 * guards. Usage: convoy mutex | condition | overlapped. */
#include "client.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { COUNT = 5 };
static const double delay_s = 0.3;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, flag_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t released = PTHREAD_COND_INITIALIZER;
static bool taken;
static double waited[COUNT];

static void take_flag(void)
{
    pthread_mutex_lock(&flag_mutex);
    while (taken)
        pthread_cond_wait(&released, &flag_mutex);
    taken = true;
    pthread_mutex_unlock(&flag_mutex);
}

static void release_flag(void)
{
    pthread_mutex_lock(&flag_mutex);
    taken = false;
    pthread_cond_signal(&released);
    pthread_mutex_unlock(&flag_mutex);
}

static void request(void)
{
    int fd = client_open();
    client_ask(fd, delay_s);
    client_take(fd);
    close(fd);
}

static void *with_mutex(void *number)
{
    double start = now_s();
    pthread_mutex_lock(&mutex);
    *(double *)number = now_s() - start;
    request();
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void *with_condition(void *number)
{
    double start = now_s();
    take_flag();
    *(double *)number = now_s() - start;
    request();
    release_flag();
    return NULL;
}

static void *with_nothing(void *number)
{
    request();
    return number;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    pthread_t threads[COUNT];
    void *(*work)(void *) = strcmp(how, "mutex") == 0       ? with_mutex
                            : strcmp(how, "condition") == 0 ? with_condition
                                                            : with_nothing;
    double sum = 0;
    for (int i = 0; i < COUNT; i++)
        must(-pthread_create(&threads[i], NULL, work, &waited[i]), "pthread_create");
    for (int i = 0; i < COUNT; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < COUNT; i++)
        sum += waited[i];
    fact("blame recv client.c client_take");
    timing("lock_wait", sum);
}
