/*
 * park_pthreads.c: the memory of threads that wait in recv(). The kernel's own memory for a thread
 * (16 KiB of stack and more) is in none of these figures.
 *
 *     park_pthreads COUNT
 */
#include "park.h"
#include "threads.h"

#include <stdlib.h>

int main(int argc, char *argv[])
{
    struct park park;
    park_open(&park, argc, argv);
    pthread_t *threads = bench_allocate(park.count, sizeof *threads);
    for (uint32_t i = 0; i < park.count; i++)
        threads[i] = thread_start(park_wait, &park.places[i]);
    park_wake(&park);
    for (uint32_t i = 0; i < park.count; i++)
        thread_finish(threads[i]);
    free(threads);
    park_close(&park);
}
