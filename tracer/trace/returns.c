#include "trace/returns.h"

#include "base/memory.h"
#include "trace/record.h"

#include <stdlib.h>

static uint32_t take_number(struct returns *returns)
{
    if (returns->unused_count)
        return returns->unused[--returns->unused_count];
    return ++returns->numbers;
}

static void give_back(struct returns *returns, uint32_t number)
{
    returns->unused = memory_grow(returns->unused, returns->unused_count, &returns->unused_capacity,
                                  sizeof *returns->unused);
    returns->unused[returns->unused_count++] = number;
}

void returns_add(struct returns *returns, struct trace_event *event)
{
    uint64_t end = record_return(event->record);
    if (end == TRACE_IN_PROGRESS)
        return;
    event->last = call_end_time(end, event->time - event->record->time);
    event->call = take_number(returns);
    heap_push(&returns->calls, end, (void *)(uintptr_t)event->call);
}

bool returns_take(struct returns *returns, uint64_t until, struct trace_event *event)
{
    uint64_t time = heap_time(&returns->calls);
    if (time > until || heap_is_empty(&returns->calls))
        return false;
    uint32_t number = (uintptr_t)heap_pop(&returns->calls);
    give_back(returns, number);
    *event = (struct trace_event){.time = time, .call = number};
    return true;
}

void returns_clear(struct returns *returns)
{
    heap_clear(&returns->calls);
    free(returns->unused);
    *returns = (struct returns){0};
}
