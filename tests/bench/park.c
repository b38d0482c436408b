/*
 * park.c: see park.h.
 */
#include "park.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LOOK_EVERY_US = 1000,
    SETTLE_US = 100000, /* from having arrived to sleeping in recv */
};

static struct park_place open_place(struct park *park)
{
    struct park_place place = {
        .park = park,
        .fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
        .address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
    };
    socklen_t size = sizeof place.address;
    if (place.fd < 0 || bind(place.fd, (struct sockaddr *)&place.address, size) != 0 ||
        getsockname(place.fd, (struct sockaddr *)&place.address, &size) != 0)
        bench_fail("a socket to wait at: %s", strerror(errno));
    return place;
}

void park_open(struct park *park, int argc, char *argv[])
{
    *park = (struct park){.count = bench_number(argc, argv, 1, "COUNT")};
    bench_limit_time();
    bench_allow_descriptors(park->count);
    park->places = bench_allocate(park->count, sizeof *park->places);
    for (uint32_t i = 0; i < park->count; i++)
        park->places[i] = open_place(park);
    park->before = memory_now();
}

void *park_wait(void *argument)
{
    struct park_place *place = argument;
    uint16_t port;
    place->park->arrived++;
    ssize_t got = recv(place->fd, &port, sizeof port, 0);
    if (got != sizeof port || port != place->address.sin_port)
        bench_fail("woken by something else: %s", got < 0 ? strerror(errno) : "a wrong datagram");
    place->park->woken++;
    return NULL;
}

/* Tells a place its own port. */
static void wake(const struct park_place *place)
{
    const struct sockaddr_in *to = &place->address;
    if (sendto(place->fd, &to->sin_port, sizeof to->sin_port, 0, (const struct sockaddr *)to,
               sizeof *to) != sizeof to->sin_port)
        bench_fail("sendto: %s", strerror(errno));
}

void park_wake(struct park *park)
{
    while (park->arrived < park->count)
        usleep(LOOK_EVERY_US);
    usleep(SETTLE_US);
    if (park->woken)
        bench_fail("%u did not wait", (unsigned)park->woken);
    struct memory now = memory_now();
    park->used.resident_kib = now.resident_kib - park->before.resident_kib;
    park->used.page_tables_kib = now.page_tables_kib - park->before.page_tables_kib;
    for (uint32_t i = 0; i < park->count; i++)
        wake(&park->places[i]);
}

void park_close(struct park *park)
{
    if (park->woken != park->count)
        bench_fail("%u of %u were woken", (unsigned)park->woken, park->count);
    for (uint32_t i = 0; i < park->count; i++)
        close(park->places[i].fd);
    free(park->places);
    printf("count=%u resident_kib=%.0f page_tables_kib=%.0f\n", park->count,
           park->used.resident_kib, park->used.page_tables_kib);
}
