/*
 * client_st.c: the exchange with a thread of State Threads for each connection.
 *
 *     client_st PORT CONNECTIONS ROUNDS
 */
#include "exchange.h"

#include <errno.h>
#include <st.h>
#include <stdlib.h>
#include <string.h>

enum { STACK = 64 << 10 };

static void *converse(void *argument)
{
    struct conversation *conversation = argument;
    st_netfd_t fd = st_netfd_open_socket(conversation->fd);
    if (!fd)
        bench_fail("st_netfd_open_socket: %s", strerror(errno));
    while (conversation->answered < conversation->rounds) {
        uint64_t question = exchange_question(conversation->number, conversation->answered), answer;
        if (st_write(fd, &question, sizeof question, ST_UTIME_NO_TIMEOUT) != sizeof question ||
            st_read_fully(fd, &answer, sizeof answer, ST_UTIME_NO_TIMEOUT) != sizeof answer)
            bench_fail("connection %u: %s", conversation->number, strerror(errno));
        exchange_check(conversation, answer);
    }
    st_netfd_free(fd);
    return NULL;
}

int main(int argc, char *argv[])
{
    if (st_set_eventsys(ST_EVENTSYS_ALT) != 0 || st_init() != 0) /* epoll */
        bench_fail("st_init: %s", strerror(errno));
    struct exchange exchange = exchange_open(argc, argv);
    struct usage start = usage_now();
    st_thread_t *threads = bench_allocate(exchange.count, sizeof *threads);
    for (uint32_t i = 0; i < exchange.count; i++)
        if (!(threads[i] = st_thread_create(converse, &exchange.conversations[i], 1, STACK)))
            bench_fail("st_thread_create: %s", strerror(errno));
    for (uint32_t i = 0; i < exchange.count; i++)
        st_thread_join(threads[i], NULL);
    free(threads);
    exchange_close(&exchange, usage_since(start));
}
