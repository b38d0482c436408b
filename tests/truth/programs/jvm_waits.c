#include "jvm_waits.h"

static void wait_here(struct place *place)
{
    pthread_mutex_lock(&place->mutex);
    while (!place->is_open)
        pthread_cond_wait(&place->changed, &place->mutex);
    pthread_mutex_unlock(&place->mutex);
}

void jvm_enter(struct place *place)
{
    wait_here(place);
}

void jvm_wait(struct place *place)
{
    wait_here(place);
}
