/*
 * fork_beside_switches: forks while the tasks of other threads are switched all the time, in a
 * program that has opened a library. A child must be able to ask the loader for its objects, as it
 * does when C++ throws there: the parent's threads must not have had its lock.
 */
#include "facts.h"

#include <dlfcn.h>
#include <greq/greq.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* On a busy machine fewer, for all of its threads want a processor. */
enum { THREADS = 3, FORKS = 800, MOST_S = 8 };

static atomic_bool over;

static void *yield_often(void *none)
{
    for (int i = 0; i < 1000; i++)
        greq_yield();
    return none;
}

static void *switch_all_the_time(void *none)
{
    void *items[2] = {NULL, NULL};
    while (!over)
        greq_map(yield_often, items, NULL, 2, 0);
    return none;
}

static int count(struct dl_phdr_info *object, size_t size, void *number)
{
    (void)object, (void)size;
    ++*(int *)number;
    return 0;
}

static int fork_once(void)
{
    int status = -1, objects = 0;
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        alarm(5);
        dl_iterate_phdr(count, &objects);
        _exit(objects ? 0 : 1);
    }
    must(waitpid(child, &status, 0), "waitpid");
    return status == 0;
}

int main(void)
{
    pthread_t threads[THREADS];
    int right = 0, forks = 0;
    double start = now_s();
    must(dlopen("libresolv.so.2", RTLD_NOW) ? 0 : -1, "dlopen");
    for (int i = 0; i < THREADS; i++)
        must(-pthread_create(&threads[i], NULL, switch_all_the_time, NULL), "pthread_create");
    for (; forks < FORKS && now_s() - start < MOST_S; forks++)
        right += fork_once();
    over = true;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    fact("children that did not go well: %d", forks - right);
}
