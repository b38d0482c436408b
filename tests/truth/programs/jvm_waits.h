/* jvm_waits.h: waits for a condition in functions of those names that the JVM's have. */
#ifndef JVM_WAITS_H
#define JVM_WAITS_H

#include <pthread.h>
#include <stdbool.h>

struct place {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool is_open;
    int waits;
};

/* Return when the place is open. */
void jvm_enter(struct place *place) __asm__("_ZN13ObjectMonitor5enterEP10JavaThread");
void jvm_wait(struct place *place) __asm__("_ZN13ObjectMonitor4waitElbP10JavaThread");

#endif
