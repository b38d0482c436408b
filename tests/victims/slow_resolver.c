#include "slow_resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BASE 0x7f000000u /* 127.0.0.0 */

static __thread int calls_here;

int slow_resolver_calls_here(void)
{
    return calls_here;
}

/* As libc's resolver has locks inside that a forked child does not open. */
static char locked;

static void take_lock(void)
{
    while (getenv(SLOW_RESOLVER_LOCK) && __atomic_test_and_set(&locked, __ATOMIC_ACQUIRE))
        syscall(SYS_sched_yield);
}

static void be_slow(void)
{
    calls_here++;
    take_lock();
    const char *variable = getenv(SLOW_RESOLVER_VARIABLE);
    int ms = variable ? atoi(variable) : 0;
    struct timespec rest = {ms / 1000, ms % 1000 * 1000000L};
    while (syscall(SYS_nanosleep, &rest, &rest) < 0 && errno == EINTR)
        ;
    __atomic_clear(&locked, __ATOMIC_RELEASE);
}

/* The address of a name, in network order, after the wait; 0 when there is none. */
static uint32_t look_up(const char *name)
{
    int last;
    be_slow();
    return name && sscanf(name, "host-%d", &last) == 1 ? htonl(BASE + (uint32_t)last) : 0;
}

/* ---- getaddrinfo: one block holds the answer and its address, as freeaddrinfo expects it ---- */

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
    uint32_t found = look_up(node);
    if (!found)
        return EAI_NONAME;
    struct addrinfo *answer = calloc(1, sizeof *answer + sizeof(struct sockaddr_in));
    if (!answer)
        return EAI_MEMORY;
    struct sockaddr_in *address = (struct sockaddr_in *)(answer + 1);
    *address = (struct sockaddr_in){.sin_family = AF_INET,
                                    .sin_port = htons((uint16_t)(service ? atoi(service) : 0)),
                                    .sin_addr.s_addr = found};
    answer->ai_family = AF_INET;
    answer->ai_socktype = hints ? hints->ai_socktype : SOCK_STREAM;
    answer->ai_addrlen = sizeof *address;
    answer->ai_addr = (struct sockaddr *)address;
    *result = answer;
    return 0;
}

int getnameinfo(const struct sockaddr *address, socklen_t address_size, char *host,
                socklen_t host_size, char *service, socklen_t service_size, int flags)
{
    (void)address_size, (void)flags;
    const struct sockaddr_in *from = (const struct sockaddr_in *)(const void *)address;
    be_slow();
    snprintf(host, host_size, "host-%d", (int)(ntohl(from->sin_addr.s_addr) - BASE));
    if (service)
        snprintf(service, service_size, "%d", ntohs(from->sin_port));
    return 0;
}

/* ---- gethostbyname, gethostbyaddr and their relatives ---- */

struct answer {
    char *aliases[1];
    char *addresses[2];
    uint32_t address;
    char name[64];
};

int gethostbyname2_r(const char *name, int family, struct hostent *entry, char *buffer, size_t size,
                     struct hostent **result, int *error)
{
    struct answer *answer = (struct answer *)(void *)buffer;
    *result = NULL;
    if (size < sizeof *answer) {
        *error = NETDB_INTERNAL;
        return ERANGE;
    }
    *answer = (struct answer){.address = look_up(name)};
    if (!answer->address || family != AF_INET) {
        *error = HOST_NOT_FOUND;
        return 0;
    }
    strncpy(answer->name, name, sizeof answer->name - 1);
    answer->addresses[0] = (char *)&answer->address;
    *entry = (struct hostent){.h_name = answer->name,
                              .h_aliases = answer->aliases,
                              .h_addrtype = AF_INET,
                              .h_length = sizeof answer->address,
                              .h_addr_list = answer->addresses};
    *result = entry;
    return 0;
}

int gethostbyname_r(const char *name, struct hostent *entry, char *buffer, size_t size,
                    struct hostent **result, int *error)
{
    return gethostbyname2_r(name, AF_INET, entry, buffer, size, result, error);
}

struct hostent *gethostbyname2(const char *name, int family)
{
    static struct hostent entry;
    static struct answer buffer;
    struct hostent *result;
    gethostbyname2_r(name, family, &entry, (char *)&buffer, sizeof buffer, &result, &h_errno);
    return result;
}

struct hostent *gethostbyname(const char *name)
{
    return gethostbyname2(name, AF_INET);
}

int gethostbyaddr_r(const void *address, socklen_t size, int family, struct hostent *entry,
                    char *buffer, size_t buffer_size, struct hostent **result, int *error)
{
    char name[64];
    uint32_t number;
    memcpy(&number, address, size);
    snprintf(name, sizeof name, "host-%d", (int)(ntohl(number) - BASE));
    return gethostbyname2_r(name, family, entry, buffer, buffer_size, result, error);
}

struct hostent *gethostbyaddr(const void *address, socklen_t size, int family)
{
    static struct hostent entry;
    static struct answer buffer;
    struct hostent *result;
    gethostbyaddr_r(address, size, family, &entry, (char *)&buffer, sizeof buffer, &result,
                    &h_errno);
    return result;
}
