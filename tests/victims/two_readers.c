/* two_readers: several tasks wait on one descriptor, in the same call or in different ones; all of
 * them are served. Needs tasks that overlap. */
#include "facts.h"
#include "peer_client.h"

#include <greq/greq.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

static char much[4 << 20];

static void *receive_one(void *item)
{
    char byte = 0;
    return (void *)(intptr_t)(recv((int)(intptr_t)item, &byte, 1, 0) == 1 ? byte : 0);
}

static void readers(void)
{
    enum { READERS = 4 };
    int fd = peer_open("wait 50 say a wait 50 say bc wait 50 say d eof"), sum = 0;
    void *items[READERS], *results[READERS];
    for (int i = 0; i < READERS; i++)
        items[i] = (void *)(intptr_t)fd;
    greq_map(receive_one, items, results, READERS, 0);
    for (int i = 0; i < READERS; i++)
        sum += (int)(intptr_t)results[i];
    fact("readers got everything: %d", sum == 'a' + 'b' + 'c' + 'd');
    close(fd);
}

static void *send_much(void *item)
{
    return (void *)(intptr_t)send((int)(intptr_t)item, much, sizeof much, 0);
}

static void reader_and_writer(void)
{
    int fd = peer_open("wait 50 say a wait 50 digest %zu eof", sizeof much);
    void *sent, *received;
    greq_task *reader = greq_spawn(receive_one, (void *)(intptr_t)fd);
    greq_task *writer = greq_spawn(send_much, (void *)(intptr_t)fd);
    greq_join(writer, &sent);
    greq_join(reader, &received);
    fact("writer %d, reader %c", (int)(intptr_t)sent, (char)(intptr_t)received);
    close(fd);
}

static void *poll_then_look(void *item)
{
    struct pollfd watched = {.fd = (int)(intptr_t)item, .events = POLLIN};
    return (void *)(intptr_t)poll(&watched, 1, 1000);
}

/* Two pollers see what neither of them takes. */
static void pollers(void)
{
    int fd = peer_open("wait 100 say a eof");
    void *items[] = {(void *)(intptr_t)fd, (void *)(intptr_t)fd}, *results[2];
    greq_map(poll_then_look, items, results, 2, 0);
    fact("pollers %d %d", (int)(intptr_t)results[0], (int)(intptr_t)results[1]);
    close(fd);
}

/* At the end of the stream everybody is told. */
static void readers_of_the_end(void)
{
    int fd = peer_open("wait 100");
    void *items[] = {(void *)(intptr_t)fd, (void *)(intptr_t)fd}, *results[2];
    greq_map(receive_one, items, results, 2, 0);
    fact("at the end %d %d", (int)(intptr_t)results[0], (int)(intptr_t)results[1]);
    close(fd);
}

int main(void)
{
    readers();
    reader_and_writer();
    pollers();
    readers_of_the_end();
}
