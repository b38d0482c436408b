/* numeric_names: look-ups that ask nobody do not wait, so no other task runs meanwhile. */
#include "facts.h"

#include <arpa/inet.h>
#include <greq/greq.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

static int others_ran;

static void *run_meanwhile(void *none)
{
    others_ran++;
    return none;
}

/* What a call said, and how many others ran before it did. */
static void tell(const char *call, const char *what, int result)
{
    fact("%s %s: %d, others %d", call, what ? what : "-", result, others_ran);
}

static greq_task *someone_else(void)
{
    greq_task *task = greq_spawn(run_meanwhile, NULL);
    others_ran = 0;
    return task;
}

static void ask_service(const char *node, const char *service, struct addrinfo hints)
{
    struct addrinfo *found = NULL;
    greq_task *task = someone_else();
    int result = getaddrinfo(node, service, &hints, &found);
    tell("getaddrinfo", node, result);
    for (struct addrinfo *each = found; each; each = each->ai_next)
        fact("  family %d, type %d, protocol %d", each->ai_family, each->ai_socktype,
             each->ai_protocol);
    if (found)
        freeaddrinfo(found);
    greq_join(task, NULL);
}

static void ask_addresses(const char *node, struct addrinfo hints)
{
    ask_service(node, "80", hints);
}

/* Where look-ups by other means than libc's went wrong. */
static void ask_what_others_got_wrong(void)
{
    /* gevent 133: a port as text; 1252: one that /etc/services does not have */
    ask_service("127.0.0.1", "2525", (struct addrinfo){.ai_socktype = SOCK_STREAM});
    ask_service("127.0.0.1", "64999", (struct addrinfo){.ai_socktype = 0});
    /* gevent 27: no protocol is said; 56: no family either */
    ask_service("127.0.0.1", "80", (struct addrinfo){.ai_protocol = IPPROTO_TCP});
    ask_service("::1", "80", (struct addrinfo){.ai_family = AF_UNSPEC, .ai_protocol = 0});
    /* vshymanskyy/aiodns 9, python/cpython 74969: the flags that forbid to ask */
    ask_service("127.0.0.1", "80", (struct addrinfo){.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV});
    ask_service("127.0.0.1", "no-port", (struct addrinfo){.ai_flags = AI_NUMERICSERV});
    ask_service(NULL, NULL, (struct addrinfo){.ai_socktype = SOCK_STREAM});
}

static void ask_name(socklen_t size, int flags)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
    char host[64] = "", service[16];
    greq_task *task = someone_else();
    int result = getnameinfo((struct sockaddr *)&address, sizeof address, size ? host : NULL, size,
                             service, sizeof service, flags);
    tell("getnameinfo", host, result);
    greq_join(task, NULL);
}

static void ask_host(const char *name)
{
    greq_task *task = someone_else();
    const struct hostent *entry = gethostbyname(name);
    tell("gethostbyname", name, entry ? entry->h_length : -h_errno);
    greq_join(task, NULL);
}

static void ask_host_r(const char *name, int family)
{
    struct hostent entry, *found = NULL;
    char buffer[1024];
    int error = 0;
    greq_task *task = someone_else();
    int result = gethostbyname2_r(name, family, &entry, buffer, sizeof buffer, &found, &error);
    tell("gethostbyname2_r", name, result ? result : found ? found->h_length : -error);
    greq_join(task, NULL);
}

int main(void)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    static const char *const nodes[] = {"127.0.0.1", "127.1",          "0x7f000001", "::1",
                                        "::1%lo",    "::ffff:1.2.3.4", NULL};
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        ask_addresses(nodes[i], hints);
    ask_addresses("no.address", (struct addrinfo){.ai_flags = AI_NUMERICHOST});
    ask_addresses(NULL, (struct addrinfo){.ai_flags = AI_PASSIVE});
    ask_addresses("127.0.0.1", (struct addrinfo){.ai_family = AF_INET6});
    ask_name(64, NI_NUMERICHOST | NI_NUMERICSERV);
    ask_name(0, NI_NUMERICSERV);
    ask_host("127.0.0.1");
    ask_host("::1");
    ask_host_r("127.0.0.1", AF_INET);
    ask_host_r("::1", AF_INET6);
    ask_host_r("127.0.0.1", AF_INET6);
    ask_what_others_got_wrong();
}
