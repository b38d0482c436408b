/* dns_outcomes: what libc's resolver says of names that need no network, good ones and bad ones. */
#include "company.h"
#include "facts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

static void look_up(const char *node, const char *service, struct addrinfo hints)
{
    struct addrinfo *found = NULL;
    int error = getaddrinfo(node, service, &hints, &found);
    fact("getaddrinfo %s %s: %s", node ? node : "-", service ? service : "-",
         error ? gai_strerror(error) : "found");
    for (struct addrinfo *each = found; each; each = each->ai_next) {
        char host[64], port[16];
        must(-getnameinfo(each->ai_addr, each->ai_addrlen, host, sizeof host, port, sizeof port,
                          NI_NUMERICHOST | NI_NUMERICSERV),
             "getnameinfo");
        fact("  %s %s %d %s", host, port, each->ai_socktype,
             each->ai_canonname ? each->ai_canonname : "-");
    }
    freeaddrinfo(found);
}

static void forward(void)
{
    look_up("127.0.0.1", "80", (struct addrinfo){.ai_socktype = SOCK_STREAM});
    look_up("::1", "https", (struct addrinfo){.ai_socktype = SOCK_STREAM});
    look_up("localhost", NULL, (struct addrinfo){.ai_family = AF_INET, .ai_flags = AI_CANONNAME});
    look_up(NULL, "53", (struct addrinfo){.ai_flags = AI_PASSIVE, .ai_family = AF_INET});
    look_up("no number", NULL, (struct addrinfo){.ai_flags = AI_NUMERICHOST});
    look_up("127.0.0.1", "no-such-service", (struct addrinfo){0});
    look_up("127.0.0.1", NULL, (struct addrinfo){.ai_family = 99});
    look_up("127.0.0.1", NULL, (struct addrinfo){.ai_flags = 0x40000000});
    look_up(NULL, NULL, (struct addrinfo){0});
}

static void tell_entry(const char *call, const struct hostent *entry)
{
    if (entry)
        fact("%s: %s %d %s", call, entry->h_name, entry->h_length,
             inet_ntoa(*(struct in_addr *)(void *)entry->h_addr_list[0]));
    else
        fact("%s: nothing", call);
}

static void old_ways(void)
{
    char buffer[1024], tiny[4];
    struct hostent entry, *result;
    struct in_addr address = {htonl(INADDR_LOOPBACK)};
    int error = 0;
    tell_entry("gethostbyname", gethostbyname("127.0.0.2"));
    tell_entry("gethostbyname2", gethostbyname2("localhost", AF_INET));
    fact("gethostbyname_r %d",
         gethostbyname_r("localhost", &entry, buffer, sizeof buffer, &result, &error));
    tell_entry("its result", result);
    fact("gethostbyname_r in no room %s",
         error_name(gethostbyname_r("localhost", &entry, tiny, sizeof tiny, &result, &error)));
    fact("its result is none: %d", result == NULL);
    fact("gethostbyaddr_r %d", gethostbyaddr_r(&address, sizeof address, AF_INET, &entry, buffer,
                                               sizeof buffer, &result, &error));
    tell_entry("its result", result);
    tell_entry("gethostbyaddr", gethostbyaddr(&address, sizeof address, AF_INET));
}

static void backward(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(443)};
    char host[64] = "", service[32] = "", tiny[2];
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct sockaddr *generic = (struct sockaddr *)&address;
    fact("getnameinfo %d",
         getnameinfo(generic, sizeof address, host, sizeof host, service, sizeof service, 0));
    fact("%s %s", host, service);
    fact("getnameinfo in no room %s",
         gai_strerror(
             getnameinfo(generic, sizeof address, tiny, sizeof tiny, NULL, 0, NI_NUMERICHOST)));
    fact("getnameinfo of nothing %s",
         gai_strerror(getnameinfo(generic, 3, host, sizeof host, NULL, 0, 0)));
}

static void scene(void)
{
    forward();
    old_ways();
    backward();
}

int main(void)
{
    play(scene);
}
