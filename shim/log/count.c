#include "log/count.h"

#include "sys/clock.h"

#include <greq/trace_format.h>
#include <string.h>

void count_record(struct stream *stream, const char *text, uint64_t count)
{
    size_t size = strlen(text) + 1;
    struct trace_count *record =
        stream_reserve(stream, sizeof *record + size, TRACE_COUNT, clock_now(), 0, NULL);
    if (!record)
        return;
    record->count = count;
    memcpy(record->text, text, size);
    stream_commit(stream);
}
