#include "account/source.h"

#include "account/interpreter.h"
#include "model/call.h"
#include "model/channel.h"
#include "model/thread.h"

/* --- R6: relayed --- */

/* A file is read without a wait for it. Of epoll it is not known what was waited for. */
static bool was_waited_for(const struct source *source, const struct call *read)
{
    const struct watch *watch = read->task->watch;
    if (!watch || watch->call_begin != source->woken || watch->total != watch->count)
        return true;
    for (uint32_t i = 0; i < watch->count; i++)
        if (watch->descriptors[i] == read->record.fd)
            return true;
    return false;
}

/* What the thread relays could not have been sent before it was read. A wake-up of another thread
 * is read as well: mostly by who has a connection opened then. One of its own tells nothing. */
void source_begin_call(struct source *source, const struct call *call)
{
    bool is_read = call->kind.kind == KIND_READ;
    bool has_read = is_read && call->record.result > 0; /* an end is nothing to relay */
    if (call->kind.kind == KIND_WAIT)
        source->woken = call->record.head.time;
    if (is_read && call->about_count)
        source->told_by = NULL;
    if (source->is_sent)
        return;
    if (call->kind.kind == KIND_CONNECT || (is_read && call->about_count))
        source->kind = SOURCE_OWN;
    else if (call->kind.kind == KIND_WAIT && source->kind == SOURCE_OWN)
        source->kind = SOURCE_WOKEN;
    else if (has_read && source->kind == SOURCE_WOKEN && was_waited_for(source, call) &&
             !channel_is_of_reader(call->task->thread, call->record.fd))
        source->kind = SOURCE_READ;
}

/* --- R13: asked --- */

/* What it waited for may be something else than it was told before. */
void source_end_call(struct source *source, const struct call *call)
{
    bool waited = call->blocks || call->parks || call->many;
    if (!waited || interpreter_is_awaited_by(call))
        return;
    source->waited_from = call->kind.traits & TRAIT_SLEEP ? call->end : call->record.head.time;
    if (source->told_in != call->record.head.time)
        source->told_by = NULL;
}

/* Who has begun no wait since an answer, and is told by the thread that has read it, goes on with
 * that answer. */
static void tell(struct source *source, const struct thread *by, uint64_t answered,
                 uint64_t waited_from, uint64_t told_in)
{
    source->told_by = waited_from <= answered ? by : NULL;
    source->told_in = told_in;
}

void source_told(struct source *source, const struct thread *by, uint64_t answered)
{
    tell(source, by, answered, source->waited_from, 0);
}

void source_asked(struct source *source)
{
    if (source->kind == SOURCE_READ && !source->is_sent)
        source->kind = SOURCE_ASKED;
}

/* The interpreter's lock tells nothing. */
void source_let_in(struct source *source, const struct call *call, const struct thread *waker,
                   uint64_t answered)
{
    bool is_told =
        call->kind.traits & (TRAIT_CONDITION | TRAIT_SEMAPHORE) && !interpreter_is_awaited_by(call);
    if (!waker || waker == call->task->thread || !is_told)
        return;
    uint64_t begin = call->record.head.time;
    tell(source, waker, answered, call->blocks ? begin : source->waited_from, begin);
}

/* --- one request after another --- */

void source_send(struct source *source)
{
    source->is_sent = true;
}

void source_withdraw(struct source *source)
{
    source->is_sent = false;
}

void source_next(struct source *source)
{
    *source = (struct source){
        .told_by = source->told_by, .told_in = source->told_in, .waited_from = source->waited_from};
}
