/*
 * client_pthreads.c: the exchange with a thread for each connection.
 *
 *     client_pthreads PORT CONNECTIONS ROUNDS
 */
#include "exchange.h"
#include "threads.h"

#include <stdlib.h>

int main(int argc, char *argv[])
{
    struct exchange exchange = exchange_open(argc, argv);
    struct usage start = usage_now();
    pthread_t *threads = bench_allocate(exchange.count, sizeof *threads);
    for (uint32_t i = 0; i < exchange.count; i++)
        threads[i] = thread_start(exchange_converse, &exchange.conversations[i]);
    for (uint32_t i = 0; i < exchange.count; i++)
        thread_finish(threads[i]);
    free(threads);
    exchange_close(&exchange, usage_since(start));
}
