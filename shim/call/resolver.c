#include "call/resolver.h"

#include <arpa/inet.h>
#include <resolv.h>
#include <stddef.h>
#include <string.h>

/* ---- names that are addresses ---- */

/* With what may follow an address: the name of its link. */
static bool is_ipv6(const char *name)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr parsed;
    size_t length = strcspn(name, "%");
    if (length >= sizeof address)
        return false;
    memcpy(address, name, length);
    address[length] = '\0';
    return inet_pton(AF_INET6, address, &parsed) == 1;
}

/* inet_aton passes over what comes behind a blank, and libc's resolver does not. */
static bool is_ipv4(const char *name)
{
    struct in_addr parsed;
    return !strpbrk(name, " \t\n\v\f\r") && inet_aton(name, &parsed);
}

bool resolver_asks_nobody(const char *node, const struct addrinfo *hints)
{
    return !node || (hints && hints->ai_flags & AI_NUMERICHOST) || is_ipv4(node) || is_ipv6(node);
}

/* The old functions take "0x7f.1" for a name. */
bool resolver_host_asks_nobody(const char *name)
{
    return (name[strspn(name, "0123456789.")] == '\0' && is_ipv4(name)) ||
           (!strchr(name, '%') && is_ipv6(name));
}

bool resolver_address_asks_nobody(const struct sockaddr *address, const char *host, socklen_t size,
                                  int flags)
{
    bool has_name = address && (address->sa_family == AF_INET || address->sa_family == AF_INET6);
    return !has_name || !host || !size || flags & NI_NUMERICHOST;
}

/* ---- the thread's own resolver ---- */

struct resolver_state resolver_state_take(void)
{
    struct resolver_state state = {.is_set = false};
    if (!(_res.options & RES_INIT))
        return state;
    state = (struct resolver_state){
        .is_set = true,
        .retransmit = _res.retrans,
        .retry = _res.retry,
        .options = _res.options,
        .dots = _res.ndots,
        .server_count = (unsigned)_res.nscount,
    };
    memcpy(state.servers, _res.nsaddr_list, sizeof state.servers);
    return state;
}

static bool has_same_servers(const struct resolver_state *one, const struct resolver_state *other)
{
    bool same = one->server_count == other->server_count;
    for (unsigned i = 0; same && i < one->server_count && i < MAXNS; i++)
        same = one->servers[i].sin_family == other->servers[i].sin_family &&
               one->servers[i].sin_addr.s_addr == other->servers[i].sin_addr.s_addr &&
               one->servers[i].sin_port == other->servers[i].sin_port;
    return same;
}

bool resolver_state_is_usual(const struct resolver_state *state)
{
    if (!state->is_set)
        return true;
    if (!(_res.options & RES_INIT) && res_init() != 0)
        return false;
    struct resolver_state mine = resolver_state_take();
    return mine.retransmit == state->retransmit && mine.retry == state->retry &&
           mine.options == state->options && mine.dots == state->dots &&
           has_same_servers(&mine, state);
}
