#include "trace/reader.h"

#include "base/check.h"
#include "base/memory.h"

#include <stdlib.h>
#include <sys/stat.h>

/* So much takes far longer than it takes to start a thread. */
enum { AHEAD_MIN_BYTES = 4 << 20 };

/* No stream loses more records; what says so is damaged. Sums of this stay far from overflowing. */
#define DISCARDED_MAX (UINT64_C(1) << 48)

static void add_stream(struct trace *trace, size_t directory, const struct chunk_file *files,
                       size_t count)
{
    trace->streams = memory_grow(trace->streams, trace->stream_count, &trace->stream_capacity,
                                 sizeof *trace->streams);
    const struct trace_packet *header = &files->header;
    trace->streams[trace->stream_count] = (struct trace_stream){
        .index = trace->stream_count,
        .pid = header->pid,
        .tid = header->tid,
        .thread = header->thread,
        .process_start = header->process_start,
        .directory = directory,
        .files = files,
        .files_left = count,
    };
    trace->stream_count++;
}

static uint64_t content_size(const struct trace_packet *header)
{
    return header->content_bits / 8;
}

static void add_streams(struct trace *trace, size_t index)
{
    const struct directory *directory = &trace->directories[index];
    for (size_t i = 0; i < directory->file_count; i++)
        trace->size += content_size(&directory->files[i].header);
    for (size_t first = 0, next; first < directory->file_count; first = next) {
        for (next = first + 1; next < directory->file_count; next++)
            if (!directory_same_stream(&directory->files[first].header,
                                       &directory->files[next].header))
                break;
        add_stream(trace, index, &directory->files[first], next - first);
    }
}

static unsigned *number_functions(struct functions *functions, const struct metadata *metadata)
{
    unsigned *numbers = memory_alloc(metadata->name_count, sizeof *numbers);
    for (size_t i = 0; i < metadata->name_count; i++)
        numbers[i] = metadata->names[i]
                         ? functions_number(functions, metadata->names[i], metadata->roles[i])
                         : UNKNOWN_FUNCTION;
    return numbers;
}

/* Nothing is mapped yet: a stream's first chunk is opened when its time has come, so that of a
 * thousand short threads only those that live together are open together. */
static void queue_streams(struct trace *trace)
{
    for (size_t i = 0; i < trace->stream_count; i++) {
        struct trace_stream *stream = &trace->streams[i];
        stream->time = stream->files->header.begin;
        heap_push(&trace->waiting, stream->time, stream);
    }
}

/* Whether a directory is open already, perhaps by another name. */
static bool is_open(const struct trace *trace, const char *path)
{
    struct stat asked, open;
    if (stat(path, &asked))
        return false;
    for (size_t i = 0; i < trace->directory_count; i++)
        if (!fstat(trace->directories[i].fd, &open) && open.st_dev == asked.st_dev &&
            open.st_ino == asked.st_ino)
            return true;
    return false;
}

static void warn_of_repeated(const char *path, const struct trace_warnings *warnings)
{
    struct error line;
    error_set(&line, "%s: named more than once: read once", path);
    warnings->warn(warnings->data, line.text);
}

static int add_directory(struct trace *trace, const char *path, struct error *error)
{
    size_t index = trace->directory_count;
    struct directory *directory = &trace->directories[index];
    if (directory_open(directory, path, &trace->warnings, error))
        return -1;
    trace->directory_count++;
    trace->function_numbers[index] = number_functions(&trace->functions, &directory->metadata);
    add_streams(trace, index);
    return 0;
}

int trace_open(struct trace *trace, char *const paths[], size_t count,
               const struct trace_warnings *warnings, struct error *error)
{
    *trace = (struct trace){.warnings = *warnings};
    functions_number(&trace->functions, "?", NULL);         /* UNKNOWN_FUNCTION */
    functions_number(&trace->functions, "greq_mark", NULL); /* MARK_FUNCTION */
    functions_number(&trace->functions, "exit", NULL);      /* EXIT_FUNCTION */
    functions_number(&trace->functions, "return", NULL);    /* RETURN_FUNCTION */
    trace->directories = memory_alloc(count, sizeof *trace->directories);
    trace->function_numbers = memory_alloc(count, sizeof *trace->function_numbers);
    for (size_t i = 0; i < count; i++) {
        if (is_open(trace, paths[i])) {
            warn_of_repeated(paths[i], warnings);
        } else if (add_directory(trace, paths[i], error)) {
            trace_close(trace);
            return -1;
        }
    }
    queue_streams(trace);
    return 0;
}

static void warn(struct trace *trace, const struct trace_stream *stream,
                 const struct chunk_file *file, const struct error *problem)
{
    directory_warn(&trace->directories[stream->directory], file->name, problem->text,
                   &trace->warnings);
}

/* What a chunk says of its stream. */
static void take_header(struct trace *trace, struct trace_stream *stream,
                        const struct chunk_file *file)
{
    const struct trace_packet *header = (const void *)stream->chunk.bytes;
    struct error problem;
    stream->cut |= header->flags & TRACE_PACKET_CUT;
    if (header->events_discarded > DISCARDED_MAX) {
        error_set(&problem, "damaged header: more records are lost than can be");
        warn(trace, stream, file, &problem);
    } else if (stream->discarded < header->events_discarded) {
        stream->discarded = header->events_discarded;
    }
}

static void open_next_chunk(struct trace *trace, struct trace_stream *stream)
{
    const struct directory *directory = &trace->directories[stream->directory];
    const struct chunk_file *file = stream->files++;
    struct error problem;
    stream->files_left--;
    if (chunk_open(&stream->chunk, directory->fd, file->name, &problem)) {
        warn(trace, stream, file, &problem);
        return;
    }
    take_header(trace, stream, file);
}

/* Counts the chunk that a stream has come to the end of. */
static void count_done(struct trace *trace, const struct trace_stream *stream)
{
    uint64_t done = trace->done + content_size(&stream->files[-1].header);
    __atomic_store_n(&trace->done, done, __ATOMIC_RELAXED);
}

/* Moves a stream on to its next record, or to none when it has ended. */
static void advance(struct trace *trace, struct trace_stream *stream, struct batch *batch)
{
    struct error problem;
    stream->record = NULL;
    while (stream->chunk.bytes || stream->files_left) {
        if (!stream->chunk.bytes) {
            open_next_chunk(trace, stream);
            continue;
        }
        switch (chunk_next(&stream->chunk, &stream->record, &problem)) {
        case CHUNK_RECORD:
            if (stream->time < stream->record->time)
                stream->time = stream->record->time;
            return;
        case CHUNK_DAMAGED:
            warn(trace, stream, stream->files - 1, &problem);
            break;
        case CHUNK_END:
            batch_keep(batch, &stream->chunk);
            count_done(trace, stream);
        }
    }
}

/* Moves a stream on. Returns the one whose turn it is then: often one has many in a row. */
static struct trace_stream *next_of(struct trace *trace, struct trace_stream *stream,
                                    struct batch *batch)
{
    advance(trace, stream, batch);
    if (stream->time < heap_time(&trace->waiting))
        return stream;
    return heap_exchange(&trace->waiting, stream->time, stream);
}

/* The stream whose turn it is, at its next record. */
static struct trace_stream *pick(struct trace *trace, struct batch *batch)
{
    struct trace_stream *stream = trace->current;
    if (!stream && heap_is_empty(&trace->waiting))
        return NULL;
    if (!stream)
        stream = heap_pop(&trace->waiting);
    else
        stream = next_of(trace, stream, batch);
    while (!stream->record && stream->files_left) /* its first chunk */
        stream = next_of(trace, stream, batch);
    CHECK(stream->time <= heap_time(&trace->waiting)); /* in order of time */
    return stream;
}

/* Whether a return comes before what is picked. */
static bool add_return(struct trace *trace, const struct trace_event *picked,
                       struct trace_event *event)
{
    if (!picked->stream) /* there is nothing else any more */
        return returns_take(&trace->returns, UINT64_MAX, event);
    return picked->record && returns_take(&trace->returns, trace_settled_by(picked), event);
}

/* Makes what comes next an event. Returns false at the end. */
static bool add_event(struct trace *trace, struct batch *batch, struct trace_event *event)
{
    struct trace_stream *stream = trace->picked;
    if (!stream)
        stream = trace->picked = pick(trace, batch);
    struct trace_event picked = {.stream = stream};
    if (stream)
        picked = (struct trace_event){stream, stream->record, stream->time, stream->time, 0};
    if (add_return(trace, &picked, event))
        return true;
    if (!stream)
        return false;
    if (trace->has_returns && stream->record && stream->thread != TRACE_PROCESS_THREAD)
        returns_add(&trace->returns, &picked);
    *event = picked;
    trace->current = stream->record ? stream : NULL;
    trace->picked = NULL;
    return true;
}

static void fill(void *data, struct batch *batch)
{
    while (batch->count < BATCH_EVENTS && add_event(data, batch, &batch->events[batch->count]))
        batch->count++;
}

void trace_ask_returns(struct trace *trace)
{
    trace->has_returns = true;
}

bool trace_read(struct trace *trace)
{
    if (trace->batch && !trace->batch->count) /* the end, once more */
        return false;
    if (!trace->batch)
        ahead_begin(&trace->ahead, fill, trace, trace->size >= AHEAD_MIN_BYTES);
    trace->batch = ahead_next(&trace->ahead);
    trace->next = trace->batch->events;
    trace->end = trace->next + trace->batch->count;
    return trace->batch->count > 0;
}

void trace_close(struct trace *trace)
{
    ahead_end(&trace->ahead);
    for (size_t i = 0; i < trace->stream_count; i++)
        if (trace->streams[i].chunk.bytes)
            chunk_close(&trace->streams[i].chunk);
    free(trace->streams);
    for (size_t i = 0; i < trace->directory_count; i++) {
        directory_close(&trace->directories[i]);
        free(trace->function_numbers[i]);
    }
    free(trace->directories);
    free(trace->function_numbers);
    functions_clear(&trace->functions);
    heap_clear(&trace->waiting);
    returns_clear(&trace->returns);
    *trace = (struct trace){0};
}
