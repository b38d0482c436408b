#include "log/count.h"

#include "sys/clock.h"

#include <greq/trace_format.h>
#include <string.h>

void count_record_at(struct stream *stream, const char *text, uint64_t count, uint64_t time)
{
    size_t size = strlen(text) + 1;
    struct trace_count *record =
        stream_reserve(stream, sizeof *record + size, TRACE_COUNT, time, 0, NULL);
    if (!record)
        return;
    record->count = count;
    memcpy(record->text, text, size);
    stream_commit(stream);
}

void count_record(struct stream *stream, const char *text, uint64_t count)
{
    count_record_at(stream, text, count, clock_kernel_now());
}
