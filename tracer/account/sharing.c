#include "account/sharing.h"

#include "account/slots.h"
#include "base/memory.h"
#include "model/call.h"
#include "model/connection.h"

#include <stdlib.h>

/* What is kept with a call that is in it. */
struct part {
    uint64_t begin; /* of the call: it is used again for later ones */
    struct shared_call *of;
};

static void keep(struct call *call, struct shared_call *of)
{
    if (!call->kept)
        call->kept = memory_alloc(1, sizeof *call->kept);
    struct part *part = kept_get(call->kept, SLOT_SHARING, sizeof *part);
    *part = (struct part){call->record.head.time, of};
    of->task = call->task->number;
}

/* M1: each connection is told once. */
static void add_meeting(struct listener *listener, const struct meeting *meeting)
{
    struct sharing *sharing = (struct sharing *)listener;
    struct shared_connection *shared = memory_alloc(1, sizeof *shared);
    sharing->items =
        memory_grow(sharing->items, sharing->count, &sharing->capacity, sizeof *sharing->items);
    sharing->items[sharing->count++] = shared;
    shared->fd = meeting->fd;
    shared->reads = meeting->reads;
    shared->peer = meeting->connection ? memory_copy(meeting->connection->peer) : NULL;
    keep(meeting->first, &shared->first);
    keep(meeting->second, &shared->second);
}

/* M2: how long it took, from where, and whose it was is known when it is over. */
void sharing_add_call(const struct call *call)
{
    struct part *part = call->kept ? call->kept->items[SLOT_SHARING] : NULL;
    if (!part || !part->of || part->begin != call->record.head.time)
        return;
    const char *name = call_task_name(call);
    part->of->site = call->site;
    part->of->task_name = name ? memory_copy(name) : NULL;
    part->of->time = call->end - call->record.head.time;
    part->of = NULL;
}

void sharing_begin(struct sharing *sharing)
{
    *sharing = (struct sharing){.listener = {.met = add_meeting}};
}

void sharing_finish(struct sharing *sharing)
{
    for (size_t i = 0; i < sharing->count; i++) {
        free(sharing->items[i]->peer);
        free(sharing->items[i]->first.task_name);
        free(sharing->items[i]->second.task_name);
        free(sharing->items[i]);
    }
    free(sharing->items);
}
