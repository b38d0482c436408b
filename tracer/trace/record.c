#include "trace/record.h"

#include <string.h>

static const char cut[] = "the last record is cut";

/* The fixed part of each record: what comes before its array or text. */
static const size_t fixed_sizes[] = {
    [TRACE_CALL] = sizeof(struct trace_call),
    [TRACE_LONG_CALL] = sizeof(struct trace_long_call),
    [TRACE_WATCH] = sizeof(struct trace_watch),
    [TRACE_PEER] = sizeof(struct trace_peer),
    [TRACE_NAME] = sizeof(struct trace_name),
    [TRACE_IDLE] = sizeof(struct trace_idle),
    [TRACE_TASK_START] = sizeof(struct trace_task_start),
    [TRACE_TASK_END] = sizeof(struct trace_task_end),
    [TRACE_THREAD_START] = sizeof(struct trace_thread_start),
    [TRACE_THREAD_END] = sizeof(struct trace_thread_end),
    [TRACE_PROCESS_START] = sizeof(struct trace_process_start),
    [TRACE_PROCESS_END] = sizeof(struct trace_process_end),
    [TRACE_MODULE] = sizeof(struct trace_module),
    [TRACE_PYTHON_STACK] = sizeof(struct trace_python_stack),
    [TRACE_LOCK] = sizeof(struct trace_lock),
    [TRACE_EPOLL] = sizeof(struct trace_epoll),
    [TRACE_UNREAD] = sizeof(struct trace_unread),
    [TRACE_COUNT] = sizeof(struct trace_count),
    [TRACE_REFUSER] = sizeof(struct trace_refuser),
    [TRACE_ADDRESS] = sizeof(struct trace_address),
    [TRACE_SAMPLE] = sizeof(struct trace_sample),
    [TRACE_HTTP] = sizeof(struct trace_http),
    [TRACE_FILE_LOCK] = sizeof(struct trace_file_lock),
    [TRACE_CHANNEL] = sizeof(struct trace_channel),
    [TRACE_TIMER] = sizeof(struct trace_timer),
    [TRACE_SHARED] = sizeof(struct trace_shared),
    [TRACE_TASK_NAME] = sizeof(struct trace_task_name),
    [TRACE_HOST] = sizeof(struct trace_host),
    [TRACE_MARK] = sizeof(struct trace_mark),
    [TRACE_DESCRIPTOR] = sizeof(struct trace_descriptor),
    [TRACE_MUTEX] = sizeof(struct trace_mutex),
};

/* How many texts follow the fixed part. */
static unsigned text_count(uint32_t id)
{
    switch (id) {
    case TRACE_PEER:
    case TRACE_NAME:
    case TRACE_THREAD_START:
    case TRACE_MODULE:
    case TRACE_PYTHON_STACK:
    case TRACE_COUNT:
    case TRACE_REFUSER:
    case TRACE_ADDRESS:
    case TRACE_HTTP:
    case TRACE_FILE_LOCK:
    case TRACE_TASK_NAME:
    case TRACE_HOST:
    case TRACE_MARK:
    case TRACE_DESCRIPTOR:
        return 1;
    case TRACE_PROCESS_START:
        return 2;
    default:
        return 0;
    }
}

static size_t align(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

/* The size with its texts and the padding behind them, or 0 when a text has no end. */
static size_t add_texts(const char *bytes, size_t size, size_t left, unsigned count)
{
    while (count--) {
        size_t length = strnlen(bytes + size, left - size);
        if (length == left - size)
            return 0;
        size += length + 1;
    }
    return align(size);
}

static size_t stack_size(uint32_t frame_count, const char **problem)
{
    if (frame_count > TRACE_MAX_FRAMES)
        *problem = "a stack has more frames than can be";
    return frame_count * sizeof(uint64_t);
}

static size_t array_size(const struct trace_record *record, const char **problem)
{
    if (record->id == TRACE_LONG_CALL)
        return stack_size(((const struct trace_long_call *)record)->frame_count, problem);
    if (record->id == TRACE_SAMPLE)
        return stack_size(((const struct trace_sample *)record)->frame_count, problem);
    if (record->id == TRACE_WATCH) {
        uint32_t count = ((const struct trace_watch *)record)->count;
        if (count > TRACE_MAX_WATCHED)
            *problem = "a call watches more descriptors than can be";
        return count * sizeof(struct trace_watched);
    }
    if (record->id == TRACE_UNREAD) {
        uint32_t count = ((const struct trace_unread *)record)->count;
        if (count > TRACE_MAX_UNREAD)
            *problem = "more descriptors lie unread than can be";
        return count * sizeof(struct trace_unread_item);
    }
    return 0;
}

size_t record_check(const void *bytes, size_t left, const char **problem)
{
    const struct trace_record *record = bytes;
    *problem = cut;
    if (left < sizeof *record)
        return 0;
    if (record->id == TRACE_CALL) /* most are */
        return left < sizeof(struct trace_call) ? 0 : sizeof(struct trace_call);
    if (record->id >= sizeof fixed_sizes / sizeof *fixed_sizes || !fixed_sizes[record->id]) {
        *problem = "a record is of no known kind";
        return 0;
    }
    size_t size = fixed_sizes[record->id];
    if (left < size)
        return 0;
    *problem = NULL;
    size += array_size(record, problem);
    if (*problem)
        return 0;
    *problem = cut;
    if (left < size)
        return 0;
    return add_texts(bytes, size, left, text_count(record->id));
}

const char *record_command_line(const struct trace_process_start *start)
{
    return start->text + strlen(start->text) + 1;
}
