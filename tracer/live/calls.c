#include "live/calls.h"

#include "base/kernel_clock.h"
#include "base/memory.h"
#include "live/descriptor.h"
#include "trace/reader.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SHOWN_MAX = 100 };

struct in_call {
    uint64_t begin, caller;
    uint32_t task, tid;
    unsigned function;
    int32_t fd;
};

struct in_calls {
    struct in_call *items;
    size_t count, capacity;
};

static void ignore(void *data, const char *line)
{
    (void)data, (void)line;
}

static void add(struct in_calls *calls, const struct trace *trace, const struct trace_event *event)
{
    const struct trace_call *call = (const void *)event->record;
    calls->items = memory_grow(calls->items, calls->count, &calls->capacity, sizeof *calls->items);
    calls->items[calls->count++] = (struct in_call){
        .begin = call->head.time,
        .caller = call->caller,
        .task = call->head.task,
        .tid = event->stream->tid,
        .function = trace_function(trace, event->stream->directory, call->call),
        .fd = call->fd,
    };
}

static int compare(const void *left, const void *right)
{
    const struct in_call *a = left, *b = right;
    return (a->begin > b->begin) - (a->begin < b->begin);
}

static void put(const struct in_call *call, const struct trace *trace, pid_t process,
                const struct stack_names *names, FILE *out)
{
    char text[DESCRIPTOR_TEXT_SIZE];
    uint64_t now = (uint64_t)kernel_clock_read(CLOCK_MONOTONIC);
    fprintf(out, "  %10.3f s  %s", now > call->begin ? (double)(now - call->begin) / 1e9 : 0,
            trace->functions.items[call->function]->name);
    if (call->fd >= 0) {
        descriptor_describe(process, call->fd, text, sizeof text);
        fprintf(out, " on fd %d (%s)", call->fd, text);
    }
    if (call->task)
        fprintf(out, ", task %" PRIu32 " of thread %" PRIu32, call->task, call->tid);
    else
        fprintf(out, ", thread %" PRIu32, call->tid);
    fputs(", called by ", out);
    stack_put_place(call->caller, names, out);
    fputs("\n", out);
}

void calls_put(pid_t process, const char *directory, const struct stack_names *names, FILE *out)
{
    struct trace trace;
    struct trace_event event;
    struct in_calls calls = {0};
    struct error error;
    const struct trace_warnings warnings = {ignore, NULL};
    if (trace_open(&trace, (char *[]){(char *)directory}, 1, &warnings, &error))
        return;
    while (trace_next(&trace, &event))
        if (event.record && event.record->id == TRACE_CALL &&
            event.stream->pid == (uint32_t)process &&
            ((const struct trace_call *)(const void *)event.record)->duration == TRACE_IN_PROGRESS)
            add(&calls, &trace, &event);
    if (calls.count)
        qsort(calls.items, calls.count, sizeof *calls.items, compare);
    fprintf(out, "%zu call%s in progress, by the recording:\n", calls.count,
            calls.count == 1 ? "" : "s");
    for (size_t i = 0; i < calls.count && i < SHOWN_MAX; i++)
        put(&calls.items[i], &trace, process, names, out);
    if (calls.count > SHOWN_MAX)
        fprintf(out, "  and %zu more, which began later\n", calls.count - SHOWN_MAX);
    free(calls.items);
    trace_close(&trace);
}
