#include "log/address.h"

#include "log/log.h"
#include "log/peer.h"
#include "log/stream.h"

#include <greq/trace_format.h>
#include <netdb.h>
#include <string.h>

static void record_one(struct stream *stream, const struct log_call *call,
                       const struct addrinfo *found, uint64_t end, uint32_t task)
{
    struct text text = {0};
    struct trace_address *record = NULL;
    peer_add(&text, found->ai_addr, found->ai_addrlen);
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

void address_record(struct stream *stream, const struct log_call *call, uint64_t end, uint32_t task)
{
    const struct addrinfo *last = NULL;
    unsigned count = 0;
    for (const struct addrinfo *each = call->found; each && count < ADDRESSES_MAX;
         each = each->ai_next) {
        if (!each->ai_addr || (last && is_same(each, last)))
            continue;
        record_one(stream, call, each, end, task);
        last = each;
        count++;
    }
}
