#include "log/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

static void add_inet(struct text *text, const struct sockaddr_in *peer)
{
    char address[INET_ADDRSTRLEN];
    text_add(text, inet_ntop(AF_INET, &peer->sin_addr, address, sizeof address));
    text_add(text, ":");
    text_add_number(text, ntohs(peer->sin_port));
}

static void add_inet6(struct text *text, const struct sockaddr_in6 *peer)
{
    char address[INET6_ADDRSTRLEN];
    text_add(text, "[");
    text_add(text, inet_ntop(AF_INET6, &peer->sin6_addr, address, sizeof address));
    text_add(text, "]:");
    text_add_number(text, ntohs(peer->sin6_port));
}

static void add_unix(struct text *text, const struct sockaddr_un *peer, size_t size)
{
    char path[sizeof peer->sun_path + 1] = "";
    bool abstract;
    size -= offsetof(struct sockaddr_un, sun_path);
    abstract = size > 1 && !peer->sun_path[0];
    memcpy(path, peer->sun_path + abstract, size - abstract);
    text_add(text, abstract ? "unix:@" : "unix:");
    text_add(text, path);
}

void peer_add(struct text *text, const struct sockaddr *peer, socklen_t size)
{
    if (size < sizeof peer->sa_family)
        return;
    if (peer->sa_family == AF_INET && size >= sizeof(struct sockaddr_in))
        add_inet(text, (const struct sockaddr_in *)peer);
    else if (peer->sa_family == AF_INET6 && size >= sizeof(struct sockaddr_in6))
        add_inet6(text, (const struct sockaddr_in6 *)peer);
    else if (peer->sa_family == AF_UNIX && size <= sizeof(struct sockaddr_un))
        add_unix(text, (const struct sockaddr_un *)peer, size);
}
