/*
 * Threads wait 0.2 s each, as the JVM has them wait for a monitor, or in Object.wait; the library
 * has the JVM's name. Usage: monitors enter | wait
 */
#include "client.h"
#include "jvm_waits.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { THREADS = 3, SHUT_MS = 200 };

static struct place place = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0};
static void (*wait_for)(struct place *place);
static double waited_s[THREADS];

static void *work(void *waited)
{
    double begun = now_s();
    wait_for(&place);
    *(double *)waited = now_s() - begun;
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    double sum = 0;
    wait_for = argc > 1 && !strcmp(argv[1], "enter") ? jvm_enter : jvm_wait;
    for (int i = 0; i < THREADS; i++)
        must(-pthread_create(&threads[i], NULL, work, &waited_s[i]), "pthread_create");
    nanosleep(&(struct timespec){0, SHUT_MS * 1000000L}, NULL);
    pthread_mutex_lock(&place.mutex);
    place.is_open = true;
    pthread_cond_broadcast(&place.changed);
    pthread_mutex_unlock(&place.mutex);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        sum += waited_s[i];
    }
    printf("~waited %.4f\n", sum);
}
