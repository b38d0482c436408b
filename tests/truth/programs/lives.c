/* Threads and processes of which a trace could miss something: a thread that makes no call, a
 * detached one, one that ends by pthread_exit, and a forked child that makes no call before _exit.
 * Each computes. The truth is what the kernel has counted.
 */
#include "client.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const double each_s = 0.05;

static double process_used_s(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void *return_from(void *done)
{
    compute(each_s, -1);
    if (done)
        __atomic_store_n((int *)done, 1, __ATOMIC_RELEASE);
    return NULL;
}

static void *exit_from(void *unused)
{
    compute(each_s, -1);
    pthread_exit(unused);
}

static double children_s(void)
{
    struct rusage usage;
    must(getrusage(RUSAGE_CHILDREN, &usage), "getrusage");
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(void)
{
    int done = 0;
    pthread_t joined[2], detached;
    must(-pthread_create(&joined[0], NULL, return_from, NULL), "pthread_create");
    must(-pthread_create(&joined[1], NULL, exit_from, NULL), "pthread_create");
    must(-pthread_create(&detached, NULL, return_from, &done), "pthread_create");
    must(-pthread_detach(detached), "pthread_detach");
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        compute(each_s, -1);
        _exit(0);
    }
    must(waitpid(child, NULL, 0), "waitpid");
    for (int i = 0; i < 2; i++)
        must(-pthread_join(joined[i], NULL), "pthread_join");
    while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
        usleep(1000);
    compute(each_s, -1);
    timing("used", process_used_s() + children_s());
}
