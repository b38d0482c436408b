#include "log/address.h"

#include "log/log.h"
#include "log/peer.h"
#include "log/stream.h"

#include <greq/trace_format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

static void record_one(struct stream *stream, const struct log_call *call,
                       const struct sockaddr *address, socklen_t size, uint64_t end, uint32_t task)
{
    struct text text = {0};
    struct trace_address *record = NULL;
    peer_add(&text, address, size);
    if (text.used)
        record =
            stream_reserve(stream, sizeof *record + text.used + 1, TRACE_ADDRESS, end, task, NULL);
    if (!record)
        return;
    record->call_begin = call->begin;
    memcpy(record->text, text_string(&text), text.used + 1);
    stream_commit(stream);
}

/* One that is found for several kinds of sockets stands there once for each. */
static bool is_same(const struct addrinfo *a, const struct addrinfo *b)
{
    return a->ai_addrlen == b->ai_addrlen && !memcmp(a->ai_addr, b->ai_addr, a->ai_addrlen);
}

static void record_found(struct stream *stream, const struct log_call *call, uint64_t end,
                         uint32_t task)
{
    const struct addrinfo *last = NULL;
    unsigned count = 0;
    for (const struct addrinfo *each = call->found; each && count < ADDRESSES_MAX;
         each = each->ai_next) {
        if (!each->ai_addr || (last && is_same(each, last)))
            continue;
        record_one(stream, call, each->ai_addr, each->ai_addrlen, end, task);
        last = each;
        count++;
    }
}

/* Such a look-up knows of no port. */
static void record_bytes(struct stream *stream, const struct log_call *call, const char *bytes,
                         uint64_t end, uint32_t task)
{
    struct sockaddr_in ipv4 = {.sin_family = AF_INET};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
    if (call->host->h_addrtype == AF_INET) {
        memcpy(&ipv4.sin_addr, bytes, sizeof ipv4.sin_addr);
        record_one(stream, call, (struct sockaddr *)&ipv4, sizeof ipv4, end, task);
    } else if (call->host->h_addrtype == AF_INET6) {
        memcpy(&ipv6.sin6_addr, bytes, sizeof ipv6.sin6_addr);
        record_one(stream, call, (struct sockaddr *)&ipv6, sizeof ipv6, end, task);
    }
}

static void record_host(struct stream *stream, const struct log_call *call, uint64_t end,
                        uint32_t task)
{
    char *const *list = call->host->h_addr_list;
    for (unsigned i = 0; list && list[i] && i < ADDRESSES_MAX; i++)
        record_bytes(stream, call, list[i], end, task);
}

void address_record(struct stream *stream, const struct log_call *call, uint64_t end, uint32_t task)
{
    if (call->host)
        record_host(stream, call, end, task);
    else
        record_found(stream, call, end, task);
}
