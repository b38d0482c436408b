/*
 * client_greq.c: the exchange with a task for each connection.
 *
 *     LD_PRELOAD=libgreq.so client_greq PORT CONNECTIONS ROUNDS
 */
#include "exchange.h"
#include "tasks.h"

#include <stdlib.h>
#include <string.h>

int main(int argc, char *argv[])
{
    tasks_require();
    struct exchange exchange = exchange_open(argc, argv);
    struct usage start = usage_now();
    void **items = bench_allocate(exchange.count, sizeof *items);
    for (uint32_t i = 0; i < exchange.count; i++)
        items[i] = &exchange.conversations[i];
    int error = greq_map(exchange_converse, items, NULL, exchange.count, 0);
    if (error)
        bench_fail("greq_map: %s", strerror(error));
    free(items);
    exchange_close(&exchange, usage_since(start));
}
