#include "account/requests.h"

#include "base/memory.h"
#include "model/thresholds.h"

#include <stdlib.h>

const char *part_name(enum request_part part, bool is_served)
{
    static const struct {
        const char *asked, *served;
    } names[PARTS] = {
        [PART_LOOKUP] = {"look-up", "look-up"},  [PART_BACKLOG] = {"backlog", "backlog"},
        [PART_CONNECT] = {"connect", "connect"}, [PART_TLS] = {"TLS", "TLS"},
        [PART_SEND] = {"send", "answer"},        [PART_WAIT] = {"wait", "handle"},
        [PART_RECEIVE] = {"receive", "request"}, [PART_TOTAL] = {"total", "total"},
    };
    return is_served ? names[part].served : names[part].asked;
}

static bool is_same(const struct request_kind *a, const struct request_kind *b)
{
    return a->is_served == b->is_served && a->name == b->name && a->peer == b->peer &&
           a->label == b->label;
}

static uint64_t hash_kind(const struct request_kind *kind)
{
    uint64_t hash = map_mix(kind->is_served, (uintptr_t)kind->name);
    return map_mix(map_mix(hash, (uintptr_t)kind->peer), (uintptr_t)kind->label);
}

/* What has no row of its own any more is in one together. */
static struct request_kind bounded(const struct requests *requests, const struct request_kind *kind)
{
    static const char others[] = "others";
    if (requests->count + 2 < REQUEST_ROWS_MAX)
        return *kind;
    return (struct request_kind){.is_served = kind->is_served, .label = others};
}

static struct request_row *find_hashed(const struct requests *requests,
                                       const struct request_kind *kind, uint64_t hash)
{
    struct request_row *row = map_get(&requests->by_hash, hash);
    while (row && !is_same(&row->kind, kind))
        row = row->next;
    return row;
}

struct request_row *requests_row(struct requests *requests, const struct request_kind *wanted)
{
    struct request_row *row = find_hashed(requests, wanted, hash_kind(wanted));
    if (row)
        return row;
    const struct request_kind kind = bounded(requests, wanted);
    uint64_t hash = hash_kind(&kind);
    row = find_hashed(requests, &kind, hash);
    if (row)
        return row;
    row = memory_alloc(1, sizeof *row);
    *row = (struct request_row){.kind = kind, .next = map_get(&requests->by_hash, hash)};
    map_put(&requests->by_hash, hash, row);
    requests->rows =
        memory_grow(requests->rows, requests->count, &requests->capacity, sizeof *requests->rows);
    return requests->rows[requests->count++] = row;
}

static void keep_slowest(struct requests *requests, const struct request *request)
{
    struct request *slowest = requests->slowest;
    size_t at = requests->slowest_count;
    while (at && slowest[at - 1].parts[PART_TOTAL] < request->parts[PART_TOTAL])
        at--;
    if (at == SLOWEST_MAX)
        return;
    if (requests->slowest_count < SLOWEST_MAX)
        requests->slowest_count++;
    for (size_t i = requests->slowest_count - 1; i > at; i--)
        slowest[i] = slowest[i - 1];
    slowest[at] = *request;
}

void requests_add(struct requests *requests, struct request_row *row, const struct request *request)
{
    row->count++;
    row->failed += request->failed;
    row->errors += request->status >= 400;
    for (unsigned left = request->has; left; left &= left - 1) {
        unsigned part = __builtin_ctz(left);
        spread_add(&row->parts[part], request->parts[part]);
    }
    keep_slowest(requests, request);
}

void requests_finish(struct requests *requests)
{
    for (size_t i = 0; i < requests->count; i++) {
        for (unsigned part = 0; part < PARTS; part++)
            spread_finish(&requests->rows[i]->parts[part]);
        free(requests->rows[i]);
    }
    free(requests->rows);
    map_clear(&requests->by_hash);
    *requests = (struct requests){0};
}
