/* unversioned_library: it is linked with -nostdlib, so the loader gives it the oldest body of each
 * function. Of a condition that body writes the first word alone. */
#include "unversioned_library.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

typedef int wait_function(pthread_cond_t *, pthread_mutex_t *);

static int wait_otherwise(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
    (void)cond, (void)mutex;
    return 0;
}

/* The loader puts the function there, with nothing and 4 added. */
static wait_function *volatile of_data[] = {pthread_cond_wait, pthread_cond_wait};
static const char *volatile inside = (const char *)pthread_cond_wait + 4;

static __attribute__((constructor)) void change_one(void)
{
    of_data[1] = wait_otherwise;
}

int unversioned_data(void)
{
    wait_function *volatile of_table = pthread_cond_wait;
    return of_data[0] == of_table && of_data[1] == wait_otherwise &&
           inside == (const char *)of_table + 4;
}

#ifdef BINDING_code
__asm__(".pushsection .text\n"
        ".balign 8\n"
        ".quad pthread_cond_wait\n"
        ".popsection\n");
#endif

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond;
static int told;

static void begin(void)
{
    memset(&cond, 0xa5, sizeof cond);
    pthread_cond_init(&cond, NULL);
    told = 0;
}

int unversioned_wait(void)
{
    struct timespec until;
    begin();
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec -= 1;
    pthread_mutex_lock(&mutex);
    int result = pthread_cond_timedwait(&cond, &mutex, &until);
    pthread_mutex_unlock(&mutex);
    pthread_cond_destroy(&cond);
    return result;
}

static void *tell(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&mutex);
    told = 1;
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

int unversioned_meet(void)
{
    pthread_t thread;
    int result = -1;
    begin();
    pthread_mutex_lock(&mutex);
    pthread_create(&thread, NULL, tell, NULL);
    while (!told)
        result = pthread_cond_wait(&cond, &mutex);
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
    pthread_cond_destroy(&cond);
    return result;
}
