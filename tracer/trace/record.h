/*
 * record.h: the size of a record, and whether it can be trusted. After record_check every field of
 * the record may be used, its texts end inside it and its counts fit.
 */
#ifndef TRACE_RECORD_H
#define TRACE_RECORD_H

#include <greq/trace_format.h>

#include <stddef.h>

/*
 * Checks the record at `bytes`, aligned to 8, of which `left` bytes are valid.
 *
 * Returns how far the next record is, a multiple of 8 (more than `left` when padding is all that is
 * missing); or 0, and then `*problem` says in a few words what is wrong.
 */
size_t record_check(const void *bytes, size_t left, const char **problem);

/* The second text of a checked TRACE_PROCESS_START: the command line. */
const char *record_command_line(const struct trace_process_start *start);

/* When something ends that began then, or TRACE_IN_PROGRESS. A damaged duration does not wrap
 * round. */
static inline uint64_t call_end_time(uint64_t begin, uint64_t duration)
{
    uint64_t end;
    if (duration == TRACE_IN_PROGRESS)
        return TRACE_IN_PROGRESS;
    if (__builtin_add_overflow(begin, duration, &end) || end == TRACE_IN_PROGRESS)
        return TRACE_IN_PROGRESS - 1;
    return end;
}

/* When the call returns that begins with a record, or the sleep is over; of other records, and
 * where that is not known, TRACE_IN_PROGRESS. */
static inline uint64_t record_return(const struct trace_record *record)
{
    if (record->id == TRACE_CALL)
        return call_end_time(record->time, ((const struct trace_call *)record)->duration);
    if (record->id == TRACE_IDLE)
        return call_end_time(record->time, ((const struct trace_idle *)record)->duration);
    return TRACE_IN_PROGRESS;
}

#endif
