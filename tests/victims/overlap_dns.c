/* overlap_dns: tasks that look names up, by slow_resolver.h's library in place of libc's. */
#include "facts.h"
#include "overlap.h"
#include "slow_resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 24 };

static void name_of(int index, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "host-%d", index + 1);
}

static bool is_address_of(int index, uint32_t address)
{
    return ntohl(address) == 0x7f000000u + (uint32_t)index + 1;
}

static bool is_entry_of(int index, const struct hostent *entry)
{
    char name[NAME_SIZE];
    name_of(index, name);
    return entry && entry->h_addrtype == AF_INET && strcmp(entry->h_name, name) == 0 &&
           is_address_of(index, *(uint32_t *)(void *)entry->h_addr_list[0]);
}

static bool wait_getaddrinfo(int index)
{
    char name[NAME_SIZE];
    name_of(index, name);
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(name, "443", &hints, &found) != 0)
        return false;
    struct sockaddr_in address;
    memcpy(&address, found->ai_addr, sizeof address);
    freeaddrinfo(found);
    return is_address_of(index, address.sin_addr.s_addr) && address.sin_port == htons(443);
}

static bool wait_gethostbyname(int index)
{
    char name[NAME_SIZE];
    name_of(index, name);
    return is_entry_of(index, gethostbyname(name));
}

static bool wait_gethostbyname2(int index)
{
    char name[NAME_SIZE];
    name_of(index, name);
    return is_entry_of(index, gethostbyname2(name, AF_INET));
}

static bool wait_gethostbyname_r(int index)
{
    char name[NAME_SIZE], buffer[1024];
    struct hostent entry, *result;
    int error;
    name_of(index, name);
    return gethostbyname_r(name, &entry, buffer, sizeof buffer, &result, &error) == 0 &&
           is_entry_of(index, result);
}

static bool wait_gethostbyname2_r(int index)
{
    char name[NAME_SIZE], buffer[1024];
    struct hostent entry, *result;
    int error;
    name_of(index, name);
    return gethostbyname2_r(name, AF_INET, &entry, buffer, sizeof buffer, &result, &error) == 0 &&
           is_entry_of(index, result);
}

static struct sockaddr_in address_of(int index)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(443),
                                .sin_addr.s_addr = htonl(0x7f000000u + (uint32_t)index + 1)};
}

static bool wait_getnameinfo(int index)
{
    char name[NAME_SIZE], found[NAME_SIZE], service[8];
    struct sockaddr_in address = address_of(index);
    name_of(index, name);
    return getnameinfo((struct sockaddr *)&address, sizeof address, found, sizeof found, service,
                       sizeof service, 0) == 0 &&
           strcmp(found, name) == 0 && strcmp(service, "443") == 0;
}

static bool wait_gethostbyaddr(int index)
{
    uint32_t address = address_of(index).sin_addr.s_addr;
    return is_entry_of(index, gethostbyaddr(&address, sizeof address, AF_INET));
}

static bool wait_gethostbyaddr_r(int index)
{
    char buffer[1024];
    struct hostent entry, *result;
    int error;
    uint32_t address = address_of(index).sin_addr.s_addr;
    return gethostbyaddr_r(&address, sizeof address, AF_INET, &entry, buffer, sizeof buffer,
                           &result, &error) == 0 &&
           is_entry_of(index, result);
}

int main(int argc, char **argv)
{
    static const struct overlap_case cases[] = {
        {"getaddrinfo", wait_getaddrinfo},
        {"gethostbyname", wait_gethostbyname},
        {"gethostbyname2", wait_gethostbyname2},
        {"gethostbyname_r", wait_gethostbyname_r},
        {"gethostbyname2_r", wait_gethostbyname2_r},
        {"getnameinfo", wait_getnameinfo},
        {"gethostbyaddr", wait_gethostbyaddr},
        {"gethostbyaddr_r", wait_gethostbyaddr_r},
        {NULL, NULL},
    };
    if (argc == 4)
        setenv(SLOW_RESOLVER_VARIABLE, argv[3], 1);
    return overlap_main(argc, argv, cases);
}
