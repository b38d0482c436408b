/*
 * lock_kinds: tasks of one thread take a mutex of each kind, robust or not and with priorities or
 * not, and wait while they have it. One has it at a time, and nobody waits for ever. The first one
 * to come gets a robust mutex from a thread that has ended with it.
 */
#include "facts.h"

#include <errno.h>
#include <greq/greq.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum { TASKS = 4 };

static pthread_mutex_t mutex;
static int inside, most, from_the_dead, failures;

static void make(int type, int robustness, int protocol)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutexattr_setrobust(&attributes, robustness);
    pthread_mutexattr_setprotocol(&attributes, protocol);
    must(-pthread_mutex_init(&mutex, &attributes), "pthread_mutex_init");
    pthread_mutexattr_destroy(&attributes);
}

static void *end_with_it(void *none)
{
    pthread_mutex_lock(&mutex);
    return none;
}

static int take(int index)
{
    int error = index % 2 ? pthread_mutex_trylock(&mutex) : EBUSY;
    return error == EBUSY ? pthread_mutex_lock(&mutex) : error;
}

static void *visit(void *item)
{
    int error = take((int)(intptr_t)item);
    if (error == EOWNERDEAD) {
        from_the_dead++;
        error = pthread_mutex_consistent(&mutex);
    }
    inside++;
    most = inside > most ? inside : most;
    usleep(2000);
    inside--;
    failures += error != 0;
    failures += pthread_mutex_unlock(&mutex) != 0;
    return NULL;
}

static void tell(const char *name, int type, int robustness, int protocol)
{
    void *items[TASKS];
    pthread_t thread;
    make(type, robustness, protocol);
    if (robustness == PTHREAD_MUTEX_ROBUST) {
        must(-pthread_create(&thread, NULL, end_with_it, NULL), "pthread_create");
        pthread_join(thread, NULL);
    }
    inside = most = from_the_dead = failures = 0;
    for (int i = 0; i < TASKS; i++)
        items[i] = (void *)(intptr_t)i;
    greq_map(visit, items, NULL, TASKS, 0);
    fact("%s%s%s: at once %d, from the dead %d, failures %d", name,
         robustness == PTHREAD_MUTEX_ROBUST ? ", robust" : "",
         protocol == PTHREAD_PRIO_INHERIT ? ", inherits priorities" : "", most, from_the_dead,
         failures);
    pthread_mutex_destroy(&mutex);
}

int main(void)
{
    static const struct {
        const char *name;
        int type;
    } types[] = {{"normal", PTHREAD_MUTEX_NORMAL},
                 {"recursive", PTHREAD_MUTEX_RECURSIVE},
                 {"error-checking", PTHREAD_MUTEX_ERRORCHECK}};
    static const int robustness[] = {PTHREAD_MUTEX_STALLED, PTHREAD_MUTEX_ROBUST};
    static const int protocols[] = {PTHREAD_PRIO_NONE, PTHREAD_PRIO_INHERIT};
    for (int i = 0; i < 12; i++)
        tell(types[i % 3].name, types[i % 3].type, robustness[i / 3 % 2], protocols[i / 6]);
}
